"""A verb as a Lambda function: `python -m awslambdaric <module>.handler` in the image.

The process is set up like a verb's, at each call, because Lambda keeps it for later ones. A call that fails is an
invocation error whose message is one line without secrets, and the same line as JSON in the log.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import structlog

from operations.cli import mask_secrets, prepare
from operations.expected_errors import is_expected
from operations.records.run_record import one_line

log = structlog.get_logger()

Handler = Callable[[Mapping[str, Any], object], dict[str, Any]]


class FunctionFailed(RuntimeError):
    """A call failed: the verb's error line. Lambda calls a function again, or its queue gives the messages again."""


def lambda_function(handle: Handler) -> Handler:
    """Return a handler that sets up the process and raises FunctionFailed alone."""

    @wraps(handle)
    def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
        mask_secrets()
        try:
            prepare()
            return handle(event, context)
        except Exception as error:
            line = one_line(error)
            if is_expected(error):
                log.error("function.failed", function=handle.__module__, error=line)
            else:  # an error that no rule foresees leaves its stack
                line = f"{type(error).__name__}: {line}"
                log.error("function.failed", function=handle.__module__, error=line, exc_info=error)
            raise FunctionFailed(line) from None

    return handler
