"""Progress of a run on stderr: a bar on a terminal, a line for each thing done everywhere else."""

import re
import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

DBT_NODE = re.compile(r"(?P<number>\d+) of (?P<total>\d+) (?P<state>[A-Z]+(?: [A-Z]+)?) (?P<what>.*?) *\.* *\[")
"""dbt's line about a node: `12 of 85 OK created sql table model silver.orders ....... [OK in 0.31s]`."""
BAD = ("ERROR", "FAIL", "WARN")


class Progress:
    """The display of a run while it goes on. Threads may call it."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True)
        self.bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.fields[phase]:<8}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=self.console,
            disable=not self.console.is_terminal,
        )
        self.task: TaskID | None = None

    def __enter__(self) -> "Progress":
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.stop()

    def phase(self, name: str, total: int | None = None) -> None:
        """A new phase begins; `total` is how many things it will do, where that is known."""
        self.task = self.bars.add_task("", phase=name, total=total)

    def done(
        self, what: str, *, total: int | None = None, number: int | None = None, loud: bool = False, advance: int = 1
    ) -> None:
        """One thing, or `advance` at once, is done. On a terminal only loud ones leave a line."""
        self.move(what, total=total, number=number, advance=advance)
        if loud or not self.console.is_terminal:
            self.console.print(what)

    def move(self, what: str, *, total: int | None = None, number: int | None = None, advance: int = 1) -> None:
        """Move the bar without leaving a line; without `number`, by `advance`."""
        if self.task is not None:
            self.bars.update(self.task, description=what, total=total, completed=number)
            if number is None:
                self.bars.advance(self.task, advance)

    def dbt_line(self, line: str) -> None:
        """A line of dbt: a node that is done advances the bar; warnings and errors are shown as they are."""
        node = DBT_NODE.search(line)
        if not self.console.is_terminal:
            print(line, file=sys.stderr)  # noqa: T201
        elif node and node["state"] != "START":
            loud = node["state"].startswith(BAD)
            self.done(line if loud else node["what"], total=int(node["total"]), number=int(node["number"]), loud=loud)
