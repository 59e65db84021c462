import pytest

from operations.reporting.progress import Progress

LINE = "12:36:22  12 of 85 OK created sql table model silver.orders ............... [OK in 0.31s]"


def test_without_a_terminal_every_line_is_plain_and_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        progress.phase("ingest", total=2)
        progress.done("postgres__users: 7 rows")
        progress.phase("build")
        progress.dbt_line(LINE)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"postgres__users: 7 rows\n{LINE}\n"


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Progress:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    return Progress()


def test_on_a_terminal_dbts_lines_move_a_bar(on_terminal: Progress) -> None:
    with on_terminal as progress:
        progress.phase("build")
        progress.dbt_line(LINE)
        (task,) = progress.bars.tasks
        assert (task.completed, task.total) == (12, 85)
        assert task.description == "created sql table model silver.orders"


def test_on_a_terminal_only_what_went_wrong_leaves_a_line(
    on_terminal: Progress, capsys: pytest.CaptureFixture[str]
) -> None:
    with on_terminal as progress:
        progress.phase("build")
        progress.dbt_line(LINE)
        progress.dbt_line("12:36:23  13 of 85 START test unique_orders ........ [RUN]")
        progress.dbt_line("12:36:23  13 of 85 FAIL 2 unique_orders ........ [FAIL 2 in 0.10s]")
    said = capsys.readouterr().err
    assert "13 of 85 FAIL 2 unique_orders" in said
    assert "START" not in said
