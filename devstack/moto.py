"""Amazon's services, emulated by moto: `python -m devstack.moto PORT`.

An object put with the metadata `delivered`, an ISO instant, counts as modified then: so the demo's files are as old as
if they had come day by day, and are so again when they are put back after a restart.
"""

import json
import sys
from datetime import datetime
from typing import Any

DELIVERED = "delivered"


def age_objects() -> None:
    """Let objects be as old as their metadata says."""
    from moto.s3.models import FakeKey

    original = FakeKey.set_metadata

    def set_metadata(self: Any, metadata: Any, replace: bool = False) -> None:
        original(self, metadata, replace)
        delivered = self.metadata.get(f"x-amz-meta-{DELIVERED}") or self.metadata.get(DELIVERED)
        if delivered:
            self.last_modified = datetime.fromisoformat(delivered).replace(tzinfo=None)

    FakeKey.set_metadata = set_metadata


def accept_state_machines() -> None:
    """Answer two calls that Terraform makes for a state machine and moto lacks.

    A definition is always valid: a wrong one shows when the state machine is created or run. No version is published.
    """
    from moto.stepfunctions.responses import StepFunctionResponse

    def validate_state_machine_definition(self: Any) -> tuple[int, dict[str, str], str]:
        return 200, {}, json.dumps({"result": "OK", "diagnostics": [], "truncated": False})

    def list_state_machine_versions(self: Any) -> tuple[int, dict[str, str], str]:
        return 200, {}, json.dumps({"stateMachineVersions": []})

    StepFunctionResponse.validate_state_machine_definition = validate_state_machine_definition
    StepFunctionResponse.list_state_machine_versions = list_state_machine_versions


def give_each_attempt_a_token() -> None:
    """Let a step that is repeated wait for an answer of its own, as in AWS; moto takes the one that failed again."""
    from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState

    original = ExecutionState._handle_retry

    def _handle_retry(self: Any, env: Any, *rest: Any, **named: Any) -> Any:
        outcome = original(self, env, *rest, **named)
        context = env.states.context_object
        if "Task" in context.context_object_data:
            env.callback_pool_manager.add(context.update_task_token())
        return outcome

    ExecutionState._handle_retry = _handle_retry


def let_delete_markers_go() -> None:
    """Let an object go whose versions were deleted before its delete marker; moto closes every version, and the marker
    has nothing to close."""
    from moto.s3.models import FakeDeleteMarker

    FakeDeleteMarker.dispose = lambda self, garbage=False: None


def main(port: str) -> None:
    """Serve until SIGTERM."""
    from moto import server

    age_objects()
    accept_state_machines()
    give_each_attempt_a_token()
    let_delete_markers_go()
    server.main(["-H", "127.0.0.1", "-p", port])


if __name__ == "__main__":
    main(sys.argv[1])
