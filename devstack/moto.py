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
    """Answer the call by which Terraform has a state machine's definition validated; moto lacks it.

    The answer is always OK: a wrong definition shows when the state machine is created or run.
    """
    from moto.stepfunctions.responses import StepFunctionResponse

    def validate_state_machine_definition(self: Any) -> tuple[int, dict[str, str], str]:
        return 200, {}, json.dumps({"result": "OK", "diagnostics": [], "truncated": False})

    StepFunctionResponse.validate_state_machine_definition = validate_state_machine_definition


def main(port: str) -> None:
    """Serve until SIGTERM."""
    from moto import server

    age_objects()
    accept_state_machines()
    server.main(["-H", "127.0.0.1", "-p", port])


if __name__ == "__main__":
    main(sys.argv[1])
