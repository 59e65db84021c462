import pytest

from operations.reporting.run_summary import print_recap


def step(kind: str, name: str, seconds: float, **facts: object) -> dict:
    return {"kind": kind, "name": name, "seconds": seconds, "outcome": "done", "facts": facts}


def test_a_recap_counts_rows_nodes_tests_and_equal_tables(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"model": {"success": 3}, "seed": {"success": 1}, "test": {"pass": 9, "warn": 1}, "unit_test": {"pass": 2}}
    warnings = [
        {"test": "orders_name_a_known_customer", "rows_failed": 1150, "rows_before": 1000},
        {"test": "users_have_a_usable_email", "rows_failed": 40, "rows_before": None},
    ]
    steps = [
        step("phase", "ingest", 3.25),
        step("ingest", "postgres__users", 1.0, landed=1000, quarantined=2),
        step("ingest", "postgres__subscriptions", 2.0, landed=500, quarantined=0),
        step("ingest", "fx_rates__rates_daily", 2.0, landed=1, quarantined=0),
        step("phase", "build", 20.0),
        step("build", "dbt build", 20.0, counts=counts, warnings=warnings),
        step("phase", "publish", 5.0),
        step("publish", "fact_sales", 5.0, rows=1234),
    ]
    print_recap({"run_id": "r1", "outcome": "done", "seconds": 28.25, "steps": steps})
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "run r1 done in 28.2 s",
        "source tables rows landed quarantined seconds",
        "fx_rates 1 1 0 2.0",
        "postgres 2 1,500 2 3.0",
        "ingest 3 tables: 1,501 rows landed, 2 quarantined (3.2 s)",
        "build 3 models, 1 seed; 11 tests passed, 1 warned (20.0 s)",
        "warning orders_name_a_known_customer: 1,150 rows fail, 1,000 in the build before",
        "warning users_have_a_usable_email: 40 rows fail, no build before",
        "publish 1 table equal in Snowflake: 1,234 rows (5.0 s)",
    ]
