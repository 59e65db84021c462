from ingestion.bronze.load import LoadResult
from operations.commands.run import causes


def failed(source: str, table: str, message: str) -> LoadResult:
    return LoadResult(source, table, f"{source}__{table}", None, error=RuntimeError(message))


def test_a_cause_that_many_tables_share_is_told_once() -> None:
    results = [
        failed("postgres", "users", "postgres is down"),
        failed("postgres", "sessions", "postgres is down, too"),
        failed("fx_rates", "rates_daily", "glue is\n down"),
        failed("snowflake", "orders", "glue is down"),
        failed("redshift", "events", "redshift is down"),
    ]
    assert causes(results) == "postgres is down (2 tables); glue is down (2 tables); redshift is down"
