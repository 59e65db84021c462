"""EMR Serverless as far as boto3's model describes it, and the log group that its jobs write to.

It refuses what the model refuses: missing members, values that break a pattern or a length. A job goes through the
states that a test gives it, one at each look, so nothing here takes time. What only the service knows, when a job gets
capacity and what Spark does, is the test's to say.
"""

import json
import re
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import botocore.session
from botocore.model import Shape

APPLICATION, ROLE, GROUP = "00f1abcdefghijkl", "arn:aws:iam::123456789012:role/lakehouse-dev-emr", "/lakehouse/dev/emr"
MODEL = botocore.session.get_session().get_service_model("emr-serverless")
ENDED = ("SUCCESS", "FAILED", "CANCELLED")
BILL = {"vCPUHour": 0.5, "memoryGBHour": 2.0, "storageGBHour": 10.0}


class Refused(Exception):
    """An error of the API, by its code."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


class Dropped(Exception):
    """The connection breaks without an answer."""


@dataclass
class Job:
    """A job run as it was asked for."""

    id: str
    request: Mapping[str, Any]
    states: deque[str]
    state: str = "SUBMITTED"
    details: str = ""
    bill_after: int = 0
    """Looks at the ended job before its bill is there."""

    @property
    def arguments(self) -> list[str]:
        """The script's arguments."""
        return list(self.request["jobDriver"]["sparkSubmit"]["entryPointArguments"])


@dataclass
class FakeEmr:
    """The service. A test fills the plan and the faults before it submits, and looks at calls and jobs after."""

    plan: tuple[str, ...] = ("PENDING", "SCHEDULED", "RUNNING", "SUCCESS")
    details: str = ""
    bill_after: int = 0
    on_start: Callable[[Job], None] = lambda job: None
    on_state: Callable[[Job], None] = lambda job: None
    """Called at each state that a look finds."""
    faults: dict[str, list[Exception]] = field(default_factory=dict)
    """Operation -> errors that its next calls end with, before they do anything."""
    lost: dict[str, int] = field(default_factory=dict)
    """Operation -> the number of next calls that are carried out, but whose answer is lost."""
    calls: Counter[str] = field(default_factory=Counter)
    jobs: dict[str, Job] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def log(self, job: Job, *lines: str, stream: str = "stdout") -> None:
        """Write lines of a job's driver."""
        prefix = self._prefix(job)
        for line in lines:
            number = len(self.events)
            name = f"{prefix}/applications/{APPLICATION}/jobs/{job.id}/SPARK_DRIVER/{stream}"
            self.events.append({"eventId": f"{number}", "timestamp": number, "logStreamName": name, "message": line})

    def answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Carry out an operation. Raises Refused, Dropped."""
        self.calls[operation] += 1
        if self.faults.get(operation):
            raise self.faults[operation].pop(0)
        if operation == "FilterLogEvents":
            found = self._events(request)
        else:
            check(MODEL.operation_model(operation).input_shape, request)
            if request["applicationId"] != APPLICATION:
                raise Refused("ResourceNotFoundException", f"no application {request['applicationId']}", 404)
            found = {"StartJobRun": self._start, "GetJobRun": self._get, "CancelJobRun": self._cancel}[operation](
                request
            )
        if self.lost.get(operation):
            self.lost[operation] -= 1
            raise Dropped
        return found

    def _start(self, request: dict[str, Any]) -> dict[str, Any]:
        job = next((one for one in self.jobs.values() if one.request["clientToken"] == request["clientToken"]), None)
        if job and job.request != request:
            raise Refused("ConflictException", "the client token is another request's", 409)
        if job is None:
            job = Job(f"00j{len(self.jobs)}", request, deque(self.plan), bill_after=self.bill_after)
            self.jobs[job.id] = job
            self.on_start(job)
        return {**self._ids(job), "arn": self._arn(job)}

    def _get(self, request: dict[str, Any]) -> dict[str, Any]:
        job = self._job(request)
        if job.states:
            job.state = job.states.popleft()
            job.details = self.details if job.state in ENDED else ""
            self.on_state(job)
        run = {
            **self._ids(job),
            "arn": self._arn(job),
            "createdBy": "arn:aws:iam::123456789012:user/ada",
            "createdAt": 1,
            "updatedAt": 2,
            "executionRole": job.request["executionRoleArn"],
            "state": job.state,
            "stateDetails": job.details,
            "releaseLabel": "emr-spark-8.0.0",
            "jobDriver": job.request["jobDriver"],
        }
        if job.state in ENDED:
            job.bill_after -= 1
            if job.bill_after < 0:
                run["billedResourceUtilization"] = BILL
        return {"jobRun": run}

    def _cancel(self, request: dict[str, Any]) -> dict[str, Any]:
        job = self._job(request)
        if job.state in ENDED:
            raise Refused("ValidationException", f"job run is in state {job.state}")
        job.state, job.states = "CANCELLING", deque(["CANCELLED"])
        return self._ids(job)

    def _events(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["logGroupName"] != GROUP:
            raise Refused("ResourceNotFoundException", "The specified log group does not exist.")
        later = [one for one in self.events if one["timestamp"] >= request["startTime"]]
        mine = [one for one in later if one["logStreamName"].startswith(request["logStreamNamePrefix"])]
        begin = int(request.get("nextToken", 0))
        page = {"events": mine[begin : begin + 2]}
        return {**page, "nextToken": str(begin + 2)} if len(mine) > begin + 2 else page

    def _job(self, request: Mapping[str, Any]) -> Job:
        if request["jobRunId"] not in self.jobs:
            raise Refused("ResourceNotFoundException", f"no job run {request['jobRunId']}", 404)
        return self.jobs[request["jobRunId"]]

    @staticmethod
    def _ids(job: Job) -> dict[str, str]:
        return {"applicationId": APPLICATION, "jobRunId": job.id}

    @staticmethod
    def _arn(job: Job) -> str:
        return f"arn:aws:emr-serverless:us-east-1:123456789012:/applications/{APPLICATION}/jobruns/{job.id}"

    @staticmethod
    def _prefix(job: Job) -> str:
        monitoring = job.request["configurationOverrides"]["monitoringConfiguration"]
        return str(monitoring["cloudWatchLoggingConfiguration"]["logStreamNamePrefix"])


def check(shape: Shape, value: Any, place: str = "request") -> None:
    """Raise `Refused` for a value that the model does not allow."""
    rules = shape.metadata
    if shape.type_name == "structure":
        missing = [name for name in shape.required_members if name not in value]
        unknown = value.keys() - shape.members.keys()
        if missing or unknown:
            raise Refused("ValidationException", f"{place}: missing {missing}, unknown {sorted(unknown)}")
        for name, one in value.items():
            check(shape.members[name], one, f"{place}.{name}")
    elif shape.type_name == "list":
        _in_bounds(rules, len(value), place)
        for one in value:
            check(shape.member, one, place)
    elif shape.type_name == "map":
        _in_bounds(rules, len(value), place)
        for name, one in value.items():
            check(shape.key, name, place)
            check(shape.value, one, f"{place}.{name}")
    elif shape.type_name == "string":
        _in_bounds(rules, len(value), place)
        if not re.fullmatch(rules.get("pattern", ".*"), value, re.DOTALL):
            raise Refused("ValidationException", f"{place}: {value!r} does not match {rules['pattern']}")
        if rules.get("enum") and value not in rules["enum"]:
            raise Refused("ValidationException", f"{place}: {value!r} is none of {rules['enum']}")


def _in_bounds(rules: Mapping[str, Any], size: int, place: str) -> None:
    if not rules.get("min", 0) <= size <= rules.get("max", size):
        raise Refused(
            "ValidationException", f"{place}: length {size} is not in {rules.get('min')} to {rules.get('max')}"
        )


@contextmanager
def fake_emr() -> Iterator[FakeEmr]:
    """The service on a port of its own."""
    fake = FakeEmr()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or "{}")
            try:
                self.send(200, fake.answer(*operation_of(self.command, self.path, self.headers, body)))
            except Refused as refused:
                self.send(refused.status, {"__type": refused.code, "message": str(refused)}, refused.code)
            except Dropped:
                self.close_connection = True

        do_GET = do_POST = do_DELETE = handle_any  # noqa: N815

        def send(self, status: int, answer: Mapping[str, Any], code: str = "") -> None:
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            if code:
                self.send_header("x-amzn-errortype", code)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield fake
        server.shutdown()
        thread.join()


def operation_of(verb: str, path: str, headers: Mapping[str, str], body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the operation of a request, and its parameters as the model names them."""
    if target := headers.get("x-amz-target"):
        return target.partition(".")[2], body
    parts = unquote(urlsplit(path).path).strip("/").split("/")
    ids = dict(zip(("applicationId", "jobRunId"), (parts[1], *parts[3:]), strict=False))
    return {"POST": "StartJobRun", "GET": "GetJobRun", "DELETE": "CancelJobRun"}[verb], body | ids
