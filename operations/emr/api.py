"""EMR Serverless and CloudWatch Logs, called with patience.

Throttling, a server's failure, a lost answer and a token that expired may pass: the call is repeated. Starting a job is
safe to repeat by its client token, cancelling one by nature. botocore renews a role's credentials itself.
"""

import time
from collections.abc import Callable
from typing import Any

from tenacity import RetryError, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from operations.records.run_record import one_line

TRIES = 8
"""Calls in all, within two minutes."""
PASSING = (
    "ThrottlingException",
    "TooManyRequestsException",
    "InternalServerException",
    "InternalFailure",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "ConflictException",  # the application is starting or stopping
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
)
Sleep = Callable[[float], None]


class CallFailed(RuntimeError):
    """AWS refused a call, or did not answer: which call, why."""


class Service:
    """One service of AWS."""

    def __init__(self, name: str, sleep: Sleep = time.sleep) -> None:
        """Args: name: boto3's. sleep: waits between two calls."""
        from boto3.session import Session
        from botocore.config import Config

        # one try each: the repetitions here know more, and can be watched
        config = Config(connect_timeout=10, read_timeout=60, retries={"total_max_attempts": 1})
        session: Any = Session()  # boto3's types know each service by its name alone
        self._client = session.client(name, config=config)
        self._name, self._sleep = name, sleep

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation, by boto3's names. Raises CallFailed."""
        from botocore.exceptions import BotoCoreError, ClientError

        retrying = Retrying(
            retry=retry_if_exception(may_pass),
            stop=stop_after_attempt(TRIES),
            wait=wait_exponential_jitter(initial=1, max=30),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            answer: dict[str, Any] = retrying(getattr(self._client, operation), **parameters)
        except (BotoCoreError, ClientError, RetryError) as error:
            raise CallFailed(f"{self._name} {operation}: {one_line(error)}") from error
        return answer


def may_pass(error: BaseException) -> bool:
    """True for a failure that is worth another call."""
    from botocore.exceptions import ClientError, HTTPClientError

    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code") in PASSING
    return isinstance(error, HTTPClientError)
