"""Build on every engine, compare, and write the figures into docs/engines.md.

    python -m tests.engines            # `make engines-page`

Ends with 1 where a table differs; the page then says which.
"""

import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from ingestion.settings import PROJECT
from tests.engines.comparison import TESTED, compare, markdown
from tests.engines.demo import AS_OF, SCALE, demo
from tests.engines.engine import BuildFailed
from tests.engines.engines import opened

PAGE = PROJECT / "docs" / "engines.md"
FIGURES = re.compile(r"(<!-- figures: make engines-page -->\n).*(<!-- /figures -->)", re.DOTALL)


def main() -> int:
    """Write the page; returns the exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "demo").mkdir()
        try:
            with opened(folder) as engines, demo(folder / "demo") as made:
                found = compare(made, engines, tell=lambda line: print(line, file=sys.stderr))  # noqa: T201
        except (AssertionError, BuildFailed) as error:
            print(error, file=sys.stderr)  # noqa: T201
            return 1
    source = f"Made {datetime.now(UTC):%Y-%m-%d} from the demo of scale {SCALE} to {AS_OF}, on two cores"
    when = f"{source}; tests ran in these builds: {', '.join(TESTED)}."
    PAGE.write_text(written(PAGE.read_text(), f"{when}\n\n{markdown(found)}"))
    for figure in found.unequal:
        print(f"{figure.table} on {figure.engine}, {figure.build}: {figure.why}", file=sys.stderr)  # noqa: T201
    return 1 if found.unequal else 0


def written(page: str, figures: str) -> str:
    """The page with other figures. Raises `ValueError` where it has no place for them."""
    if not FIGURES.search(page):
        raise ValueError(f"{PAGE} has no lines <!-- figures: make engines-page --> and <!-- /figures -->")
    return FIGURES.sub(lambda found: f"{found[1]}\n{figures}\n{found[2]}", page)


if __name__ == "__main__":
    sys.exit(main())
