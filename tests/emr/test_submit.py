"""`lakehouse submit` against a fake of EMR Serverless; S3 is moto's, and no wait takes time."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner
from moto import mock_aws

from ingestion.settings import SettingError, Settings
from operations.commands import submit as submit_verb
from operations.commands.submit import BuildFailed, submit
from operations.emr.api import TRIES, CallFailed
from operations.emr.package import FILES
from operations.emr.submission import PASSED_ON
from operations.expected_errors import exit_code
from operations.records.run_record import read_runs
from tests.emr.fake_emr import APPLICATION, GROUP, ROLE, Dropped, FakeEmr, Job, Refused, fake_emr

BUCKET = "lakehouse-dev-artifacts"
BILLED = {"vcpu_hours": 0.5, "memory_gb_hours": 2.0, "storage_gb_hours": 10.0}


@dataclass
class Emr:
    """The fake, the bucket, and a clock that stands still."""

    fake: FakeEmr
    slept: list[float] = field(default_factory=list)

    def submit(self, *words: str, **options: Any) -> dict[str, Any]:
        """Submit and follow; returns the record's step."""
        submit(Settings.load(), words, {}, sleep=self.slept.append, **options)
        return self.step()

    def step(self) -> dict[str, Any]:
        [run] = read_runs(Settings.load())
        [step] = run["steps"]
        return {**step, **step["facts"], "run_id": run["run_id"], "run_outcome": run["outcome"]}

    @property
    def job(self) -> Job:
        [job] = self.fake.jobs.values()
        return job

    def uploaded(self) -> list[str]:
        found = boto3.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return [one["Key"] for one in found]

    def leave(self, job: Job, exit_code: int, *results: dict[str, Any]) -> None:
        """The files that a job's dbt leaves in the artifacts."""
        run_id = job.arguments[1]
        metadata = {"env": {"LAKEHOUSE_RUN_ID": run_id}}
        files = {
            "outcome.json": {"exit_code": exit_code},
            "run_results.json": {"metadata": metadata, "results": results},
        }
        for name, content in files.items():
            boto3.client("s3").put_object(Bucket=BUCKET, Key=f"runs/{run_id}/{name}", Body=json.dumps(content))


@pytest.fixture
def emr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emr]:
    for name in PASSED_ON:
        monkeypatch.delenv(f"LAKEHOUSE_{name}", raising=False)
    with fake_emr() as fake, mock_aws():
        values = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_EMR_SERVERLESS": fake.url,
            "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": fake.url,
            "LAKEHOUSE_HOME": str(tmp_path / "home"),
            "LAKEHOUSE_ROOT": "s3://lakehouse-dev-lake/lake",
            "LAKEHOUSE_ARTIFACTS": f"s3://{BUCKET}",
            "LAKEHOUSE_EMR_APPLICATION_ID": APPLICATION,
            "LAKEHOUSE_EMR_JOB_ROLE_ARN": ROLE,
            "LAKEHOUSE_EMR_LOG_GROUP": GROUP,
        }
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        for name in FILES:
            (tmp_path / name).write_text(name)
        monkeypatch.setattr(submit_verb, "FOLDER", tmp_path)
        monkeypatch.setattr(submit_verb, "package_code", lambda folder: None)
        yield Emr(fake)


def at(state: str, act: Any) -> Any:
    """Do something when a look finds a job in a state."""
    return lambda job: act(job) if job.state == state else None


def test_a_build_is_followed_to_its_end_and_its_bill_is_recorded(emr: Emr, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["1 of 2 OK created table", "2 of 2 OK created table", "Done."]
    emr.fake.on_state = at("RUNNING", lambda job: emr.fake.log(job, *lines))
    step = emr.submit()
    printed = capsys.readouterr().err.splitlines()
    assert [line for line in printed if line in lines] == lines
    assert (step["state"], step["billed"], step["run_outcome"]) == ("SUCCESS", BILLED, "done")
    assert step["job_run"] == emr.job.id
    assert emr.job.request["clientToken"] == step["run_id"]


def test_the_job_runs_what_was_uploaded_with_the_settings_in_force(emr: Emr) -> None:
    emr.submit("--select", "fact_sales+")
    spark = emr.job.request["jobDriver"]["sparkSubmit"]
    assert spark["entryPointArguments"][2:] == ["--select", "fact_sales+"]
    settings = dict(
        one.split("=", 1) for one in spark["sparkSubmitParameters"].removeprefix("--conf ").split(" --conf ")
    )
    used = [
        spark["entryPoint"],
        settings["spark.archives"].removesuffix("#environment"),
        *settings["spark.files"].split(","),
    ]
    assert sorted(used) == sorted(f"s3://{BUCKET}/{key}" for key in emr.uploaded())
    assert settings["spark.emr-serverless.driverEnv.LAKEHOUSE_ROOT"] == "s3://lakehouse-dev-lake/lake"


def test_a_release_is_run_as_it_was_uploaded(emr: Emr) -> None:
    emr.submit(release="1.2.0")
    assert emr.job.request["jobDriver"]["sparkSubmit"]["entryPoint"] == f"s3://{BUCKET}/releases/1.2.0/build_job.py"
    assert emr.uploaded() == []


def test_what_is_uploaded_once_is_not_uploaded_again(emr: Emr) -> None:
    emr.submit(wait=False)
    before = {one["Key"]: one["LastModified"] for one in boto3.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]}
    (submit_verb.FOLDER / "build_job.py").write_text("changed")
    submit_verb.prepare_files(Settings.load())
    after = {one["Key"]: one["LastModified"] for one in boto3.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert len(before) == len(FILES)
    assert before.items() < after.items()
    assert len(after) == len(FILES) + 1


def test_the_state_machine_s_files_have_keys_that_stay(emr: Emr) -> None:
    ran = CliRunner().invoke(submit_verb.command, ["build", "--upload-only"])
    assert ran.exit_code == 0, ran.output
    assert [key for key in emr.uploaded() if key.startswith("jobs/current/")] == [
        f"jobs/current/{name}" for name in sorted(FILES)
    ]
    assert emr.fake.jobs == {}


@pytest.mark.parametrize("code", [1, 2])
def test_the_exit_code_is_dbts_and_the_message_names_what_failed(emr: Emr, code: int) -> None:
    failure = {"unique_id": "test.lakehouse.totals_add_up.1a2b", "status": "fail", "message": "Got 5 results"}
    emr.fake.plan, emr.fake.details = ("RUNNING", "FAILED"), "Job failed, please check complete logs"
    emr.fake.on_state = at("FAILED", lambda job: emr.leave(job, code, failure))
    with pytest.raises(BuildFailed, match=r"totals_add_up: Got 5 results; go on .* --retry \d{8}T\d{6}Z-\w+") as failed:
        emr.submit()
    assert exit_code(failed.value) == code
    assert emr.step()["billed"] == BILLED
    assert emr.step()["run_outcome"] == "failed"


def test_a_failure_of_spark_ends_with_its_details_and_the_end_of_its_log(emr: Emr) -> None:
    emr.fake.plan, emr.fake.details = ("RUNNING", "FAILED"), "ExitCode: 137"
    lines = [f"line {number}" for number in range(40)]
    emr.fake.on_state = at(
        "RUNNING", lambda job: emr.fake.log(job, *lines, "java.lang.OutOfMemoryError", stream="stderr")
    )
    with pytest.raises(BuildFailed, match=r"ExitCode: 137; end of its log: line 21 .*OutOfMemoryError") as failed:
        emr.submit()
    assert "line 20" not in str(failed.value)
    assert exit_code(failed.value) == 1


def test_a_job_that_gets_no_capacity_ends_with_what_emr_says(emr: Emr) -> None:
    emr.fake.plan = ("QUEUED", "QUEUED", "QUEUED", "FAILED")
    emr.fake.details = "Job run waited longer than the queue timeout"
    with pytest.raises(BuildFailed, match="waited longer than the queue timeout"):
        emr.submit()
    assert emr.slept


def test_a_job_that_someone_else_cancels_is_a_failure(emr: Emr) -> None:
    emr.fake.plan = ("RUNNING", "CANCELLING", "CANCELLED")
    with pytest.raises(BuildFailed, match="CANCELLED"):
        emr.submit()
    assert emr.fake.calls["CancelJobRun"] == 0


@pytest.mark.parametrize("operation", ["StartJobRun", "GetJobRun", "FilterLogEvents"])
@pytest.mark.parametrize(
    "fault",
    [
        Refused("ThrottlingException", "Rate exceeded", 429),
        Refused("InternalServerException", "try again", 500),
        Refused("ExpiredTokenException", "The security token included in the request is expired", 403),
        Dropped(),
    ],
    ids=["throttled", "server", "token", "dropped"],
)
def test_what_may_pass_is_tried_again(emr: Emr, operation: str, fault: Exception) -> None:
    emr.fake.faults = {operation: [fault, fault]}
    assert emr.submit()["state"] == "SUCCESS"
    assert emr.fake.faults == {operation: []}
    assert len(emr.fake.jobs) == 1


def test_a_lost_answer_starts_no_second_job(emr: Emr) -> None:
    emr.fake.lost = {"StartJobRun": 1}
    assert emr.submit()["state"] == "SUCCESS"
    assert emr.fake.calls["StartJobRun"] == 2
    assert len(emr.fake.jobs) == 1


def test_what_does_not_pass_ends_and_the_record_has_the_job(emr: Emr) -> None:
    expired = Refused("ExpiredTokenException", "The security token included in the request is expired", 403)
    emr.fake.faults = {"GetJobRun": [expired] * TRIES}
    with pytest.raises(CallFailed, match=r"emr-serverless get_job_run: .*ExpiredTokenException"):
        emr.submit()
    assert emr.step()["job_run"] == emr.job.id
    assert emr.fake.calls["CancelJobRun"] == 0


def test_a_refused_request_is_not_repeated(emr: Emr) -> None:
    emr.fake.faults = {"StartJobRun": [Refused("ValidationException", "role is not authorized")]}
    with pytest.raises(CallFailed, match="role is not authorized"):
        emr.submit()
    assert emr.fake.calls["StartJobRun"] == 1


def test_a_log_that_can_t_be_read_does_not_stop_the_job(emr: Emr) -> None:
    emr.fake.faults = {"FilterLogEvents": [Refused("AccessDeniedException", "not authorized", 400)] * 99}
    assert emr.submit()["state"] == "SUCCESS"


def test_a_bill_that_comes_late_is_waited_for(emr: Emr) -> None:
    emr.fake.bill_after = 2
    emr.fake.on_state = at("RUNNING", lambda job: emr.fake.log(job, "lakehouse: run 1: dbt ended with 0"))
    assert emr.submit()["billed"] == BILLED


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_cancels_the_job(emr: Emr, number: signal.Signals) -> None:
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # as the command line has it
    try:
        emr.fake.on_state = at("RUNNING", lambda job: deliver(number))
        with pytest.raises(KeyboardInterrupt):
            emr.submit()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert emr.fake.calls["CancelJobRun"] == 1
    assert emr.job.state == "CANCELLING"
    assert emr.step()["run_outcome"] == "interrupted"


def test_an_interrupt_while_the_job_starts_cancels_it_too(emr: Emr) -> None:
    emr.fake.on_start = lambda job: deliver(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        emr.submit()
    assert (emr.fake.calls["StartJobRun"], emr.fake.calls["CancelJobRun"]) == (1, 1)
    assert emr.job.state == "CANCELLING"


def deliver(number: signal.Signals) -> None:
    """Send a signal to the main thread, from the server's."""
    signal.pthread_kill(threading.main_thread().ident or os.getpid(), number)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("EMR_APPLICATION_ID", "", "LAKEHOUSE_EMR_APPLICATION_ID is '': expected an application's id"),
        ("EMR_JOB_ROLE_ARN", "emr", "LAKEHOUSE_EMR_JOB_ROLE_ARN is 'emr': expected a role's ARN"),
        ("ARTIFACTS", "", "LAKEHOUSE_ARTIFACTS is '': expected s3://bucket/prefix, which EMR Serverless reads"),
        (
            "ROOT",
            "s3://lake/with space",
            "driverEnv.LAKEHOUSE_ROOT is 's3://lake/with space': expected a value without",
        ),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_starts(
    emr: Emr, name: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"LAKEHOUSE_{name}", value)
    with pytest.raises(SettingError, match=message):
        emr.submit()
    assert emr.fake.calls["StartJobRun"] == 0


def test_an_environment_that_was_not_made_is_named_with_the_command(emr: Emr) -> None:
    (submit_verb.FOLDER / "environment.tar.gz").unlink()
    with pytest.raises(SettingError, match=r"no .*environment.tar.gz: .*`make environment`"):
        emr.submit()


def test_the_fake_refuses_what_the_model_refuses(emr: Emr) -> None:
    client = boto3.client("emr-serverless")
    with pytest.raises(ClientError, match=r"ValidationException.*does not match"):
        client.start_job_run(applicationId=APPLICATION, executionRoleArn="role/" + "x" * 20, clientToken="one")
    with pytest.raises(ClientError, match="ValidationException"):
        client.start_job_run(applicationId=APPLICATION, executionRoleArn=ROLE, clientToken="no spaces here")
