"""Source timeouts and retries: brief, and never without end."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from tenacity import retry, retry_if_exception, stop_after_attempt, wait_exponential_jitter

TRIES = 4
CONNECT_SECONDS = 10
ANSWER_SECONDS = 60

P = ParamSpec("P")
R = TypeVar("R")


def retry_transient(may_pass: Callable[[BaseException], bool]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator: call again after errors that may pass, TRIES times in all, within a few seconds."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        return retry(
            retry=retry_if_exception(may_pass),
            stop=stop_after_attempt(TRIES),
            wait=wait_exponential_jitter(multiplier=0.2, max=3, jitter=0.2),
            reraise=True,
        )(function)

    return decorate
