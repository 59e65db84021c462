"""One job run of EMR Serverless: start it once, follow it to its end, cancel it."""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog

from operations.emr.api import CallFailed, Service, Sleep
from operations.emr.job_log import JobLog

log = structlog.get_logger()

ENDED = ("SUCCESS", "FAILED", "CANCELLED")
POLL_S = 10.0
DRAINS = 6
"""Looks after the end, for the last lines and the bill, which come later."""


@dataclass(frozen=True)
class Ended:
    """A job run at its end."""

    job_run_id: str
    state: str
    details: str
    billed: Mapping[str, float] | None
    """`vcpu_hours`, `memory_gb_hours`, `storage_gb_hours`; None where EMR has not reported them in time."""


@dataclass
class JobRun:
    """A job run of one application."""

    emr: Service
    application_id: str
    job_run_id: str
    sleep: Sleep = time.sleep
    poll_s: float = POLL_S
    state: str = field(default="", init=False)

    @property
    def name(self) -> str:
        """For people."""
        return f"job run {self.job_run_id} of application {self.application_id}"

    def follow(self, job_log: JobLog | None, on_line: Callable[[str], None], last: str) -> Ended:
        """Wait for the end and pass on the log's lines, the last of which begins with `last`. Raises CallFailed."""
        run = self._look()
        while run["state"] not in ENDED:
            self._pass_on(job_log, on_line)
            self.sleep(self.poll_s)
            run = self._look()
        is_whole = job_log is None
        for _ in range(DRAINS):
            is_whole |= any(line.startswith(last) for line in self._pass_on(job_log, on_line))
            if is_whole and "billedResourceUtilization" in run:
                break
            self.sleep(self.poll_s)
            run = self._look()
        return Ended(self.job_run_id, run["state"], run.get("stateDetails", ""), billed(run))

    def cancel(self) -> None:
        """Ask EMR to cancel; a failure is a warning that names the command."""
        try:
            self.emr.call("cancel_job_run", applicationId=self.application_id, jobRunId=self.job_run_id)
            log.info("job.cancelled", job_run=self.job_run_id)
        except CallFailed as error:
            command = (
                f"aws emr-serverless cancel-job-run --application-id {self.application_id} "
                f"--job-run-id {self.job_run_id}"
            )
            log.warning("job.not_cancelled", error=str(error), hint=command)

    def _look(self) -> dict[str, Any]:
        answer = self.emr.call("get_job_run", applicationId=self.application_id, jobRunId=self.job_run_id)
        run: dict[str, Any] = answer["jobRun"]
        if run["state"] != self.state:
            self.state = run["state"]
            log.info("job.state", job_run=self.job_run_id, state=self.state)
        return run

    @staticmethod
    def _pass_on(job_log: JobLog | None, on_line: Callable[[str], None]) -> list[str]:
        try:
            lines = list(job_log.news()) if job_log else []
        except CallFailed as error:  # the job goes on without its log
            log.warning("job.log_unreadable", error=str(error))
            return []
        for line in lines:
            on_line(line)
        return lines


@contextmanager
def started(emr: Service, request: Mapping[str, Any]) -> Iterator[JobRun]:
    """Start a job run for the caller's block, and cancel it where Ctrl-C or SIGTERM ends the block. Raises CallFailed.

    A request with the same client token starts no second job. A signal that comes during the call waits for the answer:
    a job whose id nobody knows could not be cancelled.
    """
    came: list[int] = []
    held = hold_signals(came)
    try:
        answer = emr.call("start_job_run", **request)
    except BaseException:
        release_signals(held, came)
        raise
    job = JobRun(emr, answer["applicationId"], answer["jobRunId"])
    try:
        release_signals(held, came)
        yield job
    except KeyboardInterrupt:
        job.cancel()
        raise


def billed(run: Mapping[str, Any]) -> dict[str, float] | None:
    """Return the hours that a job run is billed for, if EMR reports them by now."""
    found = run.get("billedResourceUtilization")
    if not found:
        return None
    names = {"vcpu_hours": "vCPUHour", "memory_gb_hours": "memoryGBHour", "storage_gb_hours": "storageGBHour"}
    return {name: float(found.get(of_emr, 0)) for name, of_emr in names.items()}


def hold_signals(came: list[int]) -> dict[signal.Signals, Any]:
    """Note SIGINT and SIGTERM instead of handling them; returns the handlers to give back."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {
        one: signal.signal(one, lambda number, frame: came.append(number)) for one in (signal.SIGINT, signal.SIGTERM)
    }


def release_signals(held: Mapping[signal.Signals, Any], came: list[int]) -> None:
    """Handle signals as before, and the first that came meanwhile."""
    for number, handler in held.items():
        signal.signal(number, handler)
    for first in came[:1]:
        signal.raise_signal(first)
