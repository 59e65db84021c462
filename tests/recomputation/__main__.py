"""`python -m tests.recomputation`: compare the gold of the lake that the environment names with its definitions."""

import sys
from collections import Counter
from pathlib import Path

from ingestion.settings import Settings
from tests.recomputation.recomputation import KEYS, differences, recompute


def main() -> int:
    """Write rows and differences by table, with the first of each kind; exit code 1 where there are any."""
    settings = Settings.load()
    root = Path(settings.root)
    con = recompute(root, settings.now().date())
    found = {table: differences(con, root, table) for table in KEYS}
    for table, rows in found.items():
        [(count,)] = con.execute(f"select count(*) from {table}").fetchall()
        sys.stdout.write(f"{table}: {count} rows computed, {len(rows)} differ\n")
        for columns, times in Counter(row.columns for row in rows).most_common(8):
            first = next(row for row in rows if row.columns == columns)
            shown = f"    built    {first.built}\n    computed {first.computed}\n"
            sys.stdout.write(f"  {times} x {columns or 'row'}: {first.key}\n{shown}")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
