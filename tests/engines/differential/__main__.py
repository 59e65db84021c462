"""Compare Sail with Spark by generated queries: `python -m tests.engines.differential --queries 5000 --seed 1`.

Prints each difference that no rule explains, and how many queries fell under which rule. Ends with 1 if there is one.
"""

import argparse
import logging
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.engines.differential.comparison import prepare, sail, verdicts
from tests.engines.on_spark import Spark, spark


def main() -> int:
    """Compare; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    logging.getLogger("SQLQueryContextLogger").disabled = True  # pyspark's: it prints every error of Spark
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name, sail(Path(name) / "lake") as lake:
        (Path(name) / "spark").mkdir()
        with spark(Path(name) / "spark") as engine:
            assert isinstance(engine, Spark)
            prepare(engine.session, Path(name) / "lake")
            for found in verdicts(lake, engine.session, asked.queries, asked.seed):
                counts.update([found.kind, *(f"  by rule: {rule}" for rule in found.rules)])
                if found.kind == "unexplained":
                    print(found, flush=True)  # noqa: T201
    for kind, count in sorted(counts.items()):
        print(f"{count:6} {kind}")  # noqa: T201
    return 1 if counts["unexplained"] else 0


if __name__ == "__main__":
    sys.exit(main())
