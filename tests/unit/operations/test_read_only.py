import pytest

from operations.query.read_only import QueryRefused, read_only

LAKE = {("silver", "orders"), ("gold", "agg_daily_sales"), ("bronze", "loads")}

READS = [
    "select 1",
    "select * from silver.orders",
    "SELECT o.* FROM `silver`.`Orders` as o;",
    "with late as (select * from silver.orders) select count(*) from late l join gold.agg_daily_sales using (day)",
    "select * from silver.orders version as of 3",
    "select x from silver.orders lateral view explode(split(tags, ',')) e as x",
    "select * from silver.orders o, lateral explode(o.tags) as t(tag)",
    "select * from silver.orders o, lateral (select max(rows_read) from bronze.loads l where l.id = o.id)",
    "select * from range(3)",
    "select * from values (1, 'a') as v(id, name)",
    "values (1), (2)",
    "select (select max(id) from silver.orders) where exists (select 1 from bronze.loads)",
    "with x as (select 'delete; insert' as update_text) select * from x",
    "select 10L, 1.5BD, 'it''s', 'a\\'b', \"double\", r'\\d', x'00', date'2026-01-01', `a``b` from silver.orders",
    "show tables in silver",
    "show schemas",
    "DESCRIBE TABLE silver.orders",
    "describe extended silver.orders",
    "describe database silver",
    "explain select * from silver.orders",
    "explain extended select 1",
    "explain (select 1)",
]

ATTACKS = [
    # files by their paths
    "select * from text.`/etc/passwd`",
    "select * from TEXT . `/etc/passwd`",
    "select * from csv.`secrets.csv`",
    "select * from json.`/tmp`",
    "select * from parquet.`s3://elsewhere/prefix`",
    "select * from avro.`hdfs://host/x`",
    "select * from binaryFile.`/etc/shadow`",
    "select * from delta.`/elsewhere/table`",
    "select * from text.passwd",
    "select * from `text`.`/etc/passwd`",
    "select * from ((text.`/etc/passwd`))",
    "from text.`/etc/passwd` select *",
    "table text.`/etc/passwd`",
    "select * from silver.orders union all select value, 1 from text.`/etc/passwd`",
    "select (select max(value) from text.`/etc/passwd`)",
    "with orders as (select * from text.`/etc/passwd`) select * from orders",
    "select * from silver.orders where exists (select 1 from text.`/etc/passwd`)",
    "select * from silver.orders join csv.`/etc/passwd` on true",
    "select * from silver.orders, lateral (select * from text.`/etc/passwd`)",
    "explain select * from text.`/etc/passwd`",
    "explain analyze select * from text.`/etc/passwd`",
    "explain table text.`/etc/passwd`",
    "describe extended text.`/etc/passwd`",
    "show columns in text.`/etc/passwd`",
    "select * from identifier('text.`/etc/passwd`')",
    "select * from read_files('/etc/passwd')",
    "select * from parquet_scan('/etc/passwd')",
    "select * from system.session.sessions",
    "select * from elsewhere.orders",
    "select * from orders",
    "select * from `/etc/passwd`",
    # text that the parser and the engine would cut into different tokens
    "select $a$ ' $a$, x.value from text.`/etc/passwd` x -- '",
    "select $$ ' $$, x.value from text.`/etc/passwd` x -- '",
    "select U&'\\', x.value from text.`/etc/passwd` x -- '",
    "select /*+ '*/ value from text.`/etc/passwd` -- '",
    "select {# ' #} value from text.`/etc/passwd` -- '",
    "select * from {{ x }}",
    "select 1 -- ends here\r union all select value from text.`/etc/passwd`",
    "select 'never ends",
    # what writes, defines, sets or runs
    "create view v as select * from silver.orders",
    "create temporary view v using text options (path '/etc/passwd')",
    "create table t using csv location '/etc' as select 1",
    "create schema s location '/etc'",
    "load data inpath '/etc/passwd' into table silver.orders",
    "insert into silver.orders select 1",
    "insert overwrite local directory '/tmp/x' select 1",
    "with x as (select 1) insert into silver.orders select * from x",
    "select * into copy from silver.orders",
    "explain insert into silver.orders select 1",
    "explain analyze delete from silver.orders",
    "update silver.orders set id = 1",
    "delete from silver.orders",
    "merge into silver.orders using bronze.loads on true when matched then delete",
    "drop table silver.orders",
    "truncate table silver.orders",
    "alter table silver.orders set location '/etc'",
    "vacuum silver.orders",
    "optimize silver.orders",
    "use silver",
    "set spark.sql.ansi.enabled = true",
    "add jar '/tmp/x.jar'",
    "cache table silver.orders",
    "refresh table silver.orders",
    "select transform(id) using '/bin/sh' as (x) from silver.orders",
    "execute immediate 'drop table silver.orders'",
    '-- lake {"do": "replace", "key": ["silver", "orders"]}\nselect 1; drop table silver.orders',
    "select 1; drop table silver.orders",
    "",
]


@pytest.mark.parametrize("text", READS)
def test_statements_that_read_the_lake_are_run(text: str) -> None:
    assert read_only(text, lambda: LAKE) == text.rstrip(";")


@pytest.mark.parametrize("text", ATTACKS)
def test_anything_else_is_refused_with_what_is_expected(text: str) -> None:
    with pytest.raises(QueryRefused, match=r": expected |has no table or view|: a quote, backtick"):
        read_only(text, lambda: LAKE)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("  -- why\n(select 1) union (select 2);", "(select 1) union (select 2)"),
        ("/* one */ explain /* two */ select 1 -- three", "explain select 1"),
        ("select /* one /* two */ */ 1 /* three */ + 2", "select 1 + 2"),
        ("-- lake {}\nselect 1", "select 1"),
        ("select\n  '--', \"/*\", 1\n", "select '--', \"/*\", 1"),
    ],
)
def test_the_engine_gets_no_comment(text: str, left: str) -> None:
    assert read_only(text, lambda: LAKE) == left


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "select * form silver.orders",
            "^syntax error at 'silver' after 'select . form': expected Spark SQL; correct it there$",
        ),
        ("select count(1 from silver.orders", r"^syntax error at 'from' after 'select count\(1': expected \);"),
        (
            "select * from silver.order",
            "^schema silver has no .* 'order'; did you mean silver.orders. `.*show tables in silver",
        ),
        ("select * from silver.agg_daily_sales", "^schema silver has no .*; did you mean gold.agg_daily_sales. `"),
        ("select * from gol.agg_daily", "^the lake has no schema 'gol': expected bronze, gold, silver; .*show schemas"),
        (
            "select * from orders",
            "^orders is no table or view: expected <schema>.<table>; did you mean silver.orders. `",
        ),
        ("with late as (select 1) select * from lat", "^lat is no table or view: .*; did you mean late. `"),
        ("select transform(id) using 'x' as (x) from silver.orders", "^TRANSFORM is refused: "),
    ],
)
def test_a_message_names_the_place_and_the_closest_name(text: str, said: str) -> None:
    with pytest.raises(QueryRefused, match=said) as refused:
        read_only(text, lambda: LAKE)
    assert "sqlglot" not in str(refused.value)
    assert len(str(refused.value)) < 250
