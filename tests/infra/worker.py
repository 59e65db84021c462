"""A worker for state machines that send commands to a queue: it runs the very command, and answers with its end."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Ended = subprocess.CompletedProcess[str]


@dataclass
class Worker:
    """Takes commands until it is stopped, several at a time."""

    sqs: Any
    machines: Any
    """Client of Step Functions."""
    queue: str
    run: Callable[[list[str]], Ended]
    """Runs `lakehouse` with these words to its end."""
    ended: list[tuple[tuple[str, ...], int]] = field(default_factory=list)
    """Each command with its exit code, in the order of their ends."""
    said: list[str] = field(default_factory=list)
    """What each of them wrote to stderr."""

    @contextmanager
    def working(self) -> Iterator[None]:
        """Work while the caller's block runs, and finish what was begun."""
        stopped = threading.Event()
        with ThreadPoolExecutor(1) as taking:
            taken = taking.submit(self._take, stopped)
            try:
                yield
            finally:
                stopped.set()
            taken.result()

    def _take(self, stopped: threading.Event) -> None:
        begun = []
        with ThreadPoolExecutor(4) as pool:
            while not stopped.is_set():
                answer = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
                for message in answer.get("Messages", ()):
                    self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
                    begun.append(pool.submit(self._do, json.loads(message["Body"])))
        for one in begun:
            one.result()

    def _do(self, order: dict[str, Any]) -> None:
        ended = self.run(order["command"])
        self.ended.append((tuple(order["command"]), ended.returncode))
        self.said.append(ended.stderr)
        if ended.returncode == 0:
            self.machines.send_task_success(taskToken=order["task_token"], output="{}")
        else:
            cause = f"exit code {ended.returncode}: {ended.stderr[-500:]}"
            self.machines.send_task_failure(taskToken=order["task_token"], error="CommandFailed", cause=cause)
