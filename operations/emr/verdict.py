"""The verdict of a build on Spark: the file that macros/quality/verdict_begin.sql writes on the local engine.

dbt-spark's adapter writes no files, so the job does. `lakehouse publish` reads the verdict, whichever engine built.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ingestion.settings import Settings
from operations.records.file_store import FileStore

NAME = "_gate.json"
"""The verdict's file, beside the gold tables."""
PROVEN = ("success", "pass", "warn")


def begin_verdict(settings: Settings, run_id: str, command: str, nodes: Iterable[str]) -> None:
    """Write, before a build, that its nodes are unproven, as others were. Raises StoreUnavailable."""
    unproven = _read(settings).get("unproven", {}) | dict.fromkeys(nodes, "not finished")
    _write(settings, {"run_id": run_id, "command": command, "started_at": _now(), "ended_at": None}, unproven)


def end_verdict(settings: Settings, run_id: str, command: str, results: Sequence[Mapping[str, Any]]) -> None:
    """Write that the nodes which succeeded are proven, and why others are not. Raises StoreUnavailable."""
    held = _read(settings)
    unproven = dict(held["unproven"])
    for result in results:
        node, status = result["unique_id"], result["status"]
        if node in unproven:
            if status in PROVEN:
                del unproven[node]
            else:
                unproven[node] = f"{status}: {result['message'] or ''}"
    _write(
        settings, {"run_id": run_id, "command": command, "started_at": held["started_at"], "ended_at": _now()}, unproven
    )


def _store(settings: Settings) -> FileStore:
    return FileStore(f"{settings.root}/{settings.prefix}gold")


def _read(settings: Settings) -> dict[str, Any]:
    held: dict[str, Any] = json.loads(_store(settings).text(NAME) or "{}")
    return held


def _write(settings: Settings, build: Mapping[str, Any], unproven: Mapping[str, str]) -> None:
    _store(settings).put_text(json.dumps({**build, "unproven": unproven}), NAME)


def _now() -> str:
    return datetime.now(UTC).isoformat()
