"""docs/choose.md computes what it says a run costs, from measured seconds and one file of prices."""

import json
import re
from datetime import date

import pytest

from ingestion.settings import PROJECT
from tests.docs.pages import INFRA, code, diagrams, lacks_command, loose_ends, page, rows
from tests.docs.prices import FILE, PER, differs, number, prices, usd

TEXT = page("choose.md")
RATES = rows(TEXT, "name", "what", "an hour of it", "USD an hour")
RUNS = rows(TEXT, "size", "what, measured here", "billed, arithmetic", "USD")
TASKS = rows(TEXT, "task", "memory", "of the measured 6.1 GB", "order lines in proportion, arithmetic")
MONTHS = rows(page("aws.md"), "what", "billed", "about USD a month")
MEASURED = page("benchmarks.md") + page("engines.md")
MINIMUM_S = "60"
"""What Fargate and EMR Serverless bill at least of a task or worker."""
RUNTIMES = {
    "ECS (Fargate)",
    "Lambda",
    "Step Functions",
    "Athena",
    "EMR Serverless",
    "EMR on EC2",
    "EKS and AWS Batch",
    "Glue",
    "Kinesis",
    "PostgreSQL or Aurora as engine",
}
ASKED = ("Fits when", "Volume", "Operations", "Cost", "Here")


def rates() -> dict[str, float]:
    """Prices of the file, and those that the page's first table names, by name."""
    known = prices()
    named = {code(row["name"])[0]: usd(row["an hour of it"], known) / PER["hour"] for row in RATES}
    assert named
    return known | named


def wrong(table: list[dict[str, str]], billed: str, figure: str, known: dict[str, float]) -> list[str]:
    assert table
    return [
        f"{row['what'] if 'what' in row else row['what, measured here']}: {row[figure]}, expected {right}"
        for row in table
        if (right := differs(row[figure], usd(row[billed], known)))
    ]


def test_the_price_of_an_hour_is_computed() -> None:
    assert wrong(RATES, "an hour of it", "USD an hour", prices()) == []


def test_the_price_of_a_run_is_computed() -> None:
    assert wrong(RUNS, "billed, arithmetic", "USD", rates()) == []


def test_what_an_environment_costs_while_nothing_runs_is_computed_from_the_same_file() -> None:
    assert wrong(MONTHS, "billed", "about USD a month", prices()) == []


def test_every_size_is_there() -> None:
    assert {row["size"] for row in RUNS} == {"small", "medium", "large"}


@pytest.mark.parametrize("row", RUNS, ids=lambda row: row["what, measured here"])
def test_seconds_are_measured_ones(row: dict[str, str]) -> None:
    measured = re.findall(r"([\d.]+) s\b", row["what, measured here"])
    assert [one for one in measured if not re.search(rf"(?<![\d.,]){re.escape(one)} s\b", MEASURED)] == []
    billed = set(re.findall(r"([\d.]+) s\b", row["billed, arithmetic"]))
    assert billed <= {*measured, MINIMUM_S}
    assert MINIMUM_S not in billed or sum(map(float, measured)) < float(MINIMUM_S)


def test_queries_are_those_of_the_benchmark_and_of_the_project() -> None:
    [tests, unit_tests, models, snapshots, seeds] = map(
        int,
        re.findall(r"of (\d+) tests, (\d+) unit tests, (\d+) models,\s+(\d+) snapshots and (\d+) seeds", TEXT)[0],
    )
    assert f"({tests} and {unit_tests} unit\ntests)" in page("benchmarks.md")
    project = PROJECT / "dbt_project"
    # measured with so many models: measure again when the project has a fifth more or less
    assert 0.8 < models / len(list((project / "models").rglob("*.sql"))) < 1.25
    assert snapshots == len(list((project / "snapshots").rglob("*.sql")))
    assert seeds == len(list((PROJECT / "seeds").rglob("*.csv")))
    asked = {figure for row in RUNS for figure in re.findall(r"(\d+) queries", " ".join(row.values()))}
    assert asked == {str(tests + unit_tests + models + snapshots + seeds)}


def test_room_is_computed_from_the_measured_peak() -> None:
    [peak] = set(re.findall(r"peaks at ([\d.]+) GB", TEXT))
    [lines] = set(re.findall(r"(3,[\d,]+) order lines", TEXT))
    assert f"peaks at {peak} GB" in MEASURED
    assert lines in MEASURED
    faults = []
    for row in TASKS:
        times = number(row["memory"].removesuffix(" GB")) / float(peak)
        shown = f"{times:.1f} times", f"{times * number(lines) / 1e6:.1f} million"
        faults += [fault for fault in shown if fault not in row.values()]
    assert TASKS
    assert faults == []


def test_sizes_are_those_of_the_environments() -> None:
    memory = {
        environment: re.findall(r"task += \{.*memory = (\d+)", (INFRA / "envs" / environment / "main.tf").read_text())
        for environment in ("dev", "prod")
    }
    shown = {row["task"]: int(number(row["memory"].removesuffix(" GB")) * 1024) for row in TASKS}
    assert [str(shown["2 vCPU, dev's"])] == memory["dev"]
    assert [str(shown["4 vCPU, prod's and the default"])] == memory["prod"]
    assert re.search(r"memory += optional\(number, 16384\)", (INFRA / "modules/compute/variables.tf").read_text())
    assert re.search(r"max_vcpu += optional\(number, 64\)", (INFRA / "modules/compute/variables.tf").read_text())


def test_a_price_has_a_date_a_unit_and_its_page() -> None:
    listed = json.loads(FILE.read_text())
    assert date.fromisoformat(listed["date"]) > date(2026, 1, 1)
    assert listed["region"] in TEXT
    faults = {
        name: price
        for name, price in listed["prices"].items()
        if not (price["usd"] > 0 and price["page"].startswith("https://aws.amazon.com/") and price["unit"])
    }
    assert faults == {}
    used = set(code(TEXT)) | set(code(page("aws.md")))
    assert {name for name in listed["prices"] if name not in used} == set()


def test_the_page_of_emr_multiplies_by_the_same_prices() -> None:
    found = re.findall(r"(vcpu|memory_gb|storage_gb)_hours x ([\d.]+)", page("operate/emr.md"))
    names = {"vcpu": "vcpu", "memory_gb": "gb", "storage_gb": "storage_gb"}
    listed = json.loads(FILE.read_text())["prices"]
    assert dict(found) == {hours: str(listed[f"emr_serverless_{name}_hour"]["usd"]) for hours, name in names.items()}


def test_amounts_stand_in_computed_tables_alone() -> None:
    outside = [line for line in TEXT.splitlines() if re.search(r"USD \d|\d USD|\$\d", line)]
    assert outside == []


@pytest.mark.parametrize("runtime", sorted(RUNTIMES))
def test_a_runtime_says_when_it_fits_how_much_how_it_is_run_what_it_costs_and_what_is_here(runtime: str) -> None:
    section = TEXT.partition(f"\n## {runtime}\n")[2].partition("\n## ")[0]
    found = re.findall(r"^- \*\*([\w ]+?):?\*\*", section, re.MULTILINE)
    assert tuple(found) == ASKED


def test_an_edge_leads_from_node_to_node() -> None:
    drawn = diagrams(TEXT)
    assert len(drawn) > 3
    assert {heading: ends for heading, text in drawn.items() if (ends := loose_ends(text))} == {}


def test_every_command_can_be_typed() -> None:
    commands = [word for word in code(TEXT) if word.startswith(("make ", "lakehouse ", "python -m "))]
    commands += re.findall(r"^    (lakehouse [^#\n]*)", TEXT, re.MULTILINE)
    assert len(commands) > 5
    assert [fault for fault in map(lacks_command, commands) if fault] == []


@pytest.mark.parametrize("cell", ["60 sec x `athena_tb`", "2 x `no_price`", "about 3"])
def test_a_cell_that_can_not_be_computed_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=r"sec|no_price|about"):
        usd(cell, prices())
