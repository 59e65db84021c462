"""The commands of the AWS CLI, as botocore's models of the services have them: the CLI is generated from these."""

import re
import shlex
from functools import cache

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

BY_HAND = {
    "s3": {"cp", "ls", "mv", "rm", "sync"},
    "logs": {"tail"},
    "ecr": {"get-login-password"},
    "cloudtrail": {"validate-logs"},
}
"""Commands that the CLI adds to those of the services."""
RENAMED = {"s3api": "s3"}
EVERYWHERE = {
    "--endpoint-url",
    "--max-items",
    "--no-cli-pager",
    "--output",
    "--page-size",
    "--profile",
    "--query",
    "--region",
}


def lacks_aws_command(command: str) -> str:
    """Return what is wrong with `aws <service> <operation> [--option …]`; nothing if the service has it."""
    _, service, operation, *words = shlex.split(re.sub(r"\$\(.*\)", "substitution", command))
    if operation in BY_HAND.get(service, ()):
        return ""
    service = RENAMED.get(service, service)
    if service not in Loader().list_available_services("service-2"):
        return f"{command}: AWS has no service {service}"
    if operation == "wait":
        waiters = Loader().load_service_model(service, "waiters-2")["waiters"]
        return "" if words[0] in {xform_name(name, "-") for name in waiters} else f"{command}: no waiter {words[0]}"
    found = _operations(service).get(operation)
    if found is None:
        return f"{command}: {service} has no {operation}"
    given = {word.partition("=")[0] for word in words if word.startswith("--")}
    if unknown := given - _options(found):
        return f"{command}: {operation} has no {min(unknown)}"
    # a command that is named without any option stands for itself in a sentence
    missing = _options(found, required=True) - given if given else set()
    return f"{command}: {operation} needs {min(missing)}" if missing else ""


@cache
def _operations(service: str) -> dict[str, OperationModel]:
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    return {xform_name(name, "-"): model.operation_model(name) for name in model.operation_names}


def _options(operation: OperationModel, *, required: bool = False) -> set[str]:
    shape = operation.input_shape
    members = (shape.required_members if required else shape.members) if shape else ()
    # the CLI fills in a token that makes a request idempotent
    tokens = operation.idempotent_members if required else ()
    own = {f"--{xform_name(name, '-')}" for name in members if name not in tokens}
    return own if required else EVERYWHERE | own
