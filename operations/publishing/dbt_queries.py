"""The two engines that a publish asks, the lake's and Snowflake: each question is one dbt process (run-operation).

The macros answer in lines that begin with `publish: `, each one JSON object. What else dbt says goes to its own log,
and, when it fails, into the error.
"""

import json
import threading
from collections.abc import Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

import structlog

from ingestion.plural import plural
from ingestion.settings import Settings
from operations.dbt.command import DbtError, artifacts_beside, run_dbt
from operations.publishing.snowflake import Target, Watch

log = structlog.get_logger()

MARK = "publish: "
Answers = list[dict[str, Any]]


class EngineFailed(RuntimeError):
    """An engine could not answer: which, and its own words."""


@dataclass(frozen=True)
class Held:
    """An engine's copy of a table."""

    rows: int
    digest: str
    """The digest of the set of rows, as text: 38 digits."""

    def __str__(self) -> str:
        """For people."""
        return f"{plural(self.rows, 'row')}, digest {self.digest}"


@dataclass(frozen=True)
class LakeTable:
    """A table to publish, as the lake has it at one version."""

    name: str
    schema: str
    identifier: str
    columns: Mapping[str, str]
    """Name -> Spark type, in contract order."""
    key: tuple[str, ...]
    """The columns that name a row; empty where the model doesn't say."""
    version: int
    held: Held


@dataclass
class Engines:
    """Both engines, for one run."""

    settings: Settings
    run_id: str
    target: Target
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when one question failed or was interrupted: the other is of no use then."""

    def compare(self) -> tuple[list[LakeTable], dict[str, Held], dict[str, int]]:
        """Return what the lake has, what Snowflake has of it, and the rows of every copy.

        A copy whose contract is not the model's any more has no digest, so only its rows are known.
        """
        lake, copies = self.both("publish_state", {}, {})
        held = {copy["name"]: Held(copy["rows"], copy["digest"]) for copy in copies if copy["digest"] is not None}
        rows = {copy["name"]: copy["rows"] for copy in copies if copy["rows"] is not None}
        return [lake_table(answer) for answer in lake], held, rows

    def both(self, macro: str, of_lake: Mapping[str, Any], of_copy: Mapping[str, Any]) -> tuple[Answers, Answers]:
        """Ask both at the same time; raises what `lake` and `snowflake` raise."""
        self.target.check()
        with ThreadPoolExecutor(2) as pool:
            asked = pool.submit(self.lake, macro, **of_lake), pool.submit(self.snowflake, macro, **of_copy)
            try:
                wait(asked, return_when=FIRST_EXCEPTION)
                raise_first(asked)
            except BaseException:
                self.stopping.set()
                raise
        return asked[0].result(), asked[1].result()

    def lake(self, macro: str, **arguments: Any) -> Answers:
        """Run a macro on the lake's engine. Raises `EngineFailed`."""
        artifacts = artifacts_beside(self.settings, "publish")
        try:
            return self._ask("local", macro, arguments, target_path=artifacts, watch=self._stop)
        except DbtError as error:
            raise EngineFailed(f"the lake's engine: {error}") from error

    def snowflake(self, macro: str, **arguments: Any) -> Answers:
        """Run a macro on Snowflake. Raises `SnowflakeUnavailable`, `EngineFailed`."""
        self.target.check()
        silent = Watch(self.target)
        try:
            return self._ask("snowflake", macro, arguments, watch=lambda: self._stop() or silent())
        except DbtError as error:
            self.target.check()
            raise EngineFailed(f"{self.target}: {error}") from error

    def _stop(self) -> str | None:
        return "stopped" if self.stopping.is_set() else None

    def _ask(self, target: str, macro: str, arguments: Mapping[str, Any], **options: Any) -> Answers:
        answers: Answers = []

        def on_line(line: str) -> None:
            if line.startswith(MARK):
                answers.append(json.loads(line.removeprefix(MARK)))
            else:
                log.debug("dbt", target=target, line=line)

        args = ["--quiet", "run-operation", macro, "--args", json.dumps(arguments)]
        run_dbt(self.settings, args, target=target, run_id=self.run_id, on_line=on_line, **options).check()
        return answers


def raise_first(asked: tuple[Future[Answers], ...]) -> None:
    """Raise the first failure there is."""
    for future in asked:
        if future.done():
            future.result()


def lake_table(answer: Mapping[str, Any]) -> LakeTable:
    """A line of the lake's `publish_state`."""
    return LakeTable(
        name=answer["name"],
        schema=answer["relation"]["schema"],
        identifier=answer["relation"]["identifier"],
        columns=answer["columns"],
        key=tuple(answer["key"]),
        version=answer["version"],
        held=Held(answer["rows"], answer["digest"]),
    )
