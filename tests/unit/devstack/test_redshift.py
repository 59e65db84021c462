import pytest

from devstack import unload
from devstack.redshift import Gateway, to_postgres, translate

GATEWAY = Gateway(postgres_port=1, s3="http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("redshift", "postgres"),
    [
        ("select nvl(a, 0) from t", "SELECT COALESCE(a, 0) FROM t"),
        ("select top 5 a from t", "SELECT a FROM t LIMIT 5"),
        ("select getdate()", "SELECT LOCALTIMESTAMP"),
        ("select len(a) from t", "SELECT LENGTH(a) FROM t"),
        ("select a::super from t", "SELECT CAST(a AS TEXT) FROM t"),
        (
            "create table t (a varchar(max) encode zstd distkey, b super) diststyle key compound sortkey(a)",
            "CREATE TABLE t (a TEXT, b TEXT)",
        ),
        ("select * from t where a = $1 and b = %s", "SELECT * FROM t WHERE a = $1 AND b = %s"),
    ],
)
def test_statements_are_translated(redshift: str, postgres: str) -> None:
    assert " ".join(to_postgres(redshift).split()) == postgres


def test_a_cursors_query_is_translated() -> None:
    sql = "declare c cursor for select nvl(a, 0) from t"
    assert translate(sql, GATEWAY) == "declare c cursor for SELECT COALESCE(a, 0) FROM t"


def test_what_can_not_be_parsed_is_left_to_the_database() -> None:
    assert to_postgres("selct ;;; 'open") == "selct ;;; 'open"


@pytest.mark.parametrize("sql", ["begin", "COMMIT", "set client_encoding to 'utf8'", "fetch 10 from c", "show all"])
def test_session_statements_pass_as_they_are(sql: str) -> None:
    assert translate(sql, GATEWAY) == sql


@pytest.mark.parametrize("sql", ["set query_group to 'etl'", "SET enable_result_cache_for_session TO off"])
def test_redshifts_own_settings_do_nothing(sql: str) -> None:
    assert translate(sql, GATEWAY) == "do $nothing$ begin end $nothing$"


@pytest.mark.parametrize("sql", ["copy t to stdout", "COPY (select 1) TO STDOUT (format csv)", "copy t from stdin"])
def test_streams_of_copy_are_refused(sql: str) -> None:
    assert "is not supported" in translate(sql, GATEWAY)
    assert translate(sql, GATEWAY).startswith("do $refusal$ begin raise exception")


def test_unload_is_taken_apart() -> None:
    statement = unload.parse(
        "unload ('select ''x'' as a') to 's3://stage/some/prefix_' iam_role default format parquet"
    )
    assert statement == unload.Unload("select 'x' as a", "stage", "some/prefix_", " IAM_ROLE DEFAULT FORMAT PARQUET")
    quoted = unload.parse("UNLOAD ($$select 'x'$$) TO 's3://stage/' FORMAT AS PARQUET")
    assert quoted is not None
    assert quoted.query == "select 'x'"
    assert unload.parse("select 1") is None


def test_only_parquet_is_unloaded() -> None:
    assert "only with FORMAT AS PARQUET" in translate("unload ('select 1') to 's3://stage/x' format as csv", GATEWAY)
