"""Run dbt's own tests of adapters (dbt-tests-adapter) on targets and print what passed and what failed.

    python -m tests.engines.dbt_suite [local] [spark] [--only basic ...]

`local` is dbt-lake; `spark` is dbt-spark as it comes, on Apache Spark. The tests are PostgreSQL's: adapters mostly
replace a part of them by their own, which nothing does here, so what fails on both says more of the test.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from xml.etree import ElementTree

from ingestion.settings import PROJECT
from tests.engines.engines import ENGINES

AREAS = (
    *("aliases", "basic", "caching", "column_types", "concurrency", "constraints", "dbt_debug", "dbt_show", "empty"),
    *("ephemeral", "hooks", "incremental", "persist_docs", "query_comment", "relations", "simple_copy", "simple_seed"),
    *("simple_snapshot", "store_test_failures_tests", "unit_testing", "utils"),
)
"""Folders of the suite. Not among them: clones, grants, functions, materialized views, Python models, catalogues of
Iceberg and samples, which a lake has not."""

Outcomes = dict[str, str]
"""Test -> passed, failed or skipped."""


def main(words: Sequence[str]) -> int:
    """Run and print; 0 whatever passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", default=["local", "spark"], help="local, spark (both by default)")
    parser.add_argument("--only", nargs="+", default=AREAS, choices=AREAS, help="folders of the suite")
    told = parser.parse_args(words)
    found = {target: outcomes(target, told.only) for target in told.targets}
    print("\n".join(lines(found)))  # noqa: T201
    return 0


def outcomes(target: str, areas: Sequence[str]) -> Outcomes:
    """What became of each test on a target."""
    import dbt.tests.adapter

    suite = Path(next(iter(dbt.tests.adapter.__path__)))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        variables = {**os.environ, "DBT_SUITE": target, "PYTHONPATH": str(PROJECT)}
        if target != "local":
            variables |= stack.enter_context(ENGINES[target](folder)).environment()
        report = folder / "report.xml"
        options = ["-c", "/dev/null", f"--rootdir={folder}", "-p", "no:cacheprovider", f"--junitxml={report}", "-q"]
        for plugin in ("dbt.tests.fixtures.project", "tests.engines.dbt_suite.plugin"):
            options += ["-p", plugin]
        options += ["--continue-on-collection-errors", "--timeout=600"]
        options += ["-o", "python_classes=Base* Test*", "-o", "python_files=test_*.py *_mode.py"]
        pytest = [sys.executable, "-m", "pytest", *options, *(str(suite / area) for area in areas)]
        subprocess.run(pytest, cwd=folder, env=variables, stdout=sys.stderr)
        return read(report)


def read(report: Path) -> Outcomes:
    """The outcomes of a JUnit report."""
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - pytest has just written it
        kinds = {child.tag for child in case}
        outcome = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
        found[f"{case.get('classname')}.{case.get('name')}"] = outcome
    return found


def lines(found: dict[str, Outcomes]) -> list[str]:
    """Markdown: how many of each, then each test that failed somewhere."""
    told = ["| target | passed | failed | skipped |", "|---|---|---|---|"]
    for target, results in found.items():
        counts = Counter(results.values())
        told.append(f"| {target} | {counts['passed']} | {counts['failed']} | {counts['skipped']} |")
    told += ["", f"| failed | {' | '.join(found)} |", f"|---|{'---|' * len(found)}"]
    for test in sorted({test for results in found.values() for test in results}):
        of = [results.get(test, "") for results in found.values()]
        if "failed" in of:
            told.append(f"| {test} | {' | '.join(of)} |")
    return told


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
