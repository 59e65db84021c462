"""`make soak`: lives drawn by a seed until so many victims were killed, then a table of what was lost and doubled.

    python -m tests.faults --crashes 1000 [--seed N] [--life N] [--kinds KIND …] [--no-dlt]

Interrupted, it tells what it has. A life that went wrong is led again by its seed and number (kills at random instants
fall where the clock lets them).
"""

import argparse
import logging
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psutil
import structlog

from devstack import services
from tests.faults import lives, stock
from tests.faults.incidents import everywhere
from tests.faults.life import Difference, Life

INCIDENTS = 12
"""In one life."""
STOCK_SHARE = 0.2
"""How many of the crashes stock dlt gets besides, of each disposition."""


@dataclass
class Tally:
    """What happened under one name."""

    times: int = 0
    killed: int = 0
    lost: int = 0
    doubled: int = 0
    aside: int = 0
    """Rows missing in quarantine."""
    twice: int = 0
    ledger: int = 0

    def add(self, killed: int, lost: int, doubled: int, aside: int = 0, twice: int = 0, ledger: int = 0) -> None:
        """One incident."""
        new = (1, killed, lost, doubled, aside, twice, ledger)
        for name, value in zip(vars(self), new, strict=True):
            setattr(self, name, getattr(self, name) + value)


Tallies = dict[str, Tally]


def main() -> None:
    """Lead lives; exit 1 if anything differed."""
    asked = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    seed = asked.seed if asked.seed is not None else secrets.randbelow(10**6)
    say(f"seed {seed}")
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="soak"))
    settings = lives.serve(folder / "services")
    try:
        ours, failed = soak(folder, seed, asked.crashes, asked.life, asked.kinds)
        show("ours, after healing", ours)
        if not asked.no_dlt and asked.life is None:
            for disposition in stock.DISPOSITIONS:
                show(
                    f"stock dlt, {disposition}, after healing",
                    soak_stock(folder, disposition, seed, asked.crashes * STOCK_SHARE),
                )
    finally:
        used = cpu_seconds()
        services.down(settings)
        shutil.rmtree(folder, ignore_errors=True)
    say(f"\nseed {seed}: {time.monotonic() - begun:.0f} s, {used:.0f} s of CPU with the services")
    for number, trouble in failed:
        say(f"failed: {trouble}\n  again: make soak SEED={seed} LIFE={number}")
    sys.exit(1 if failed else 0)


def cpu_seconds() -> float:
    """Of this process, the warm one and all its victims, and the services."""
    me = psutil.Process()
    return sum(sum(one.cpu_times()[:4]) for one in (me, *me.children(recursive=True)))


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--crashes", type=int, default=100)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--life", type=int, help="only this life of the seed")
    parser.add_argument("--kinds", nargs="+", choices=lives.KINDS, default=lives.KINDS, help="only these sources")
    parser.add_argument("--no-dlt", action="store_true", help="without stock dlt beside it")
    return parser.parse_args()


def soak(
    folder: Path, seed: int, crashes: int, only: int | None, kinds: Sequence[str]
) -> tuple[Tallies, list[tuple[int, str]]]:
    """Lives until so many were killed; figures by incident and by kind, and what went wrong."""
    told: Tallies = defaultdict(Tally)
    failed: list[tuple[int, str]] = []
    number = only or 0
    while told["all"].killed < crashes if only is None else number == only:
        rng = Random(f"{seed}:{number}")
        kind, store = rng.choice(kinds), rng.choices(lives.STORES, (5, 1))[0]
        place = folder / f"life-{number}"
        try:
            for incident, deaths, difference in lived(lives.begin(kind, store, place, rng)):
                for name in (incident, f"all, {kind} on {store}", "all"):
                    told[name].add(deaths, *vars(difference).values())
                assert not difference, f"{incident}: {difference}"
        except AssertionError as error:
            failed.append((number, f"life {number}, {kind} on {store}: {error}"))
            say(f"failed: life {number}, {kind} on {store}: {error}")
        except KeyboardInterrupt:
            say(f"interrupted in life {number}")
            break
        shutil.rmtree(place)
        number += 1
        show_progress(f"{number} lives, {told['all'].killed} killed, {len(failed)} failed")
    return told, failed


def lived(life: Life) -> Iterator[tuple[str, int, Difference]]:
    """A life's incidents, each with the deaths in it and what was wrong after healing."""
    possible = everywhere(life)
    for _ in range(INCIDENTS):
        name = life.rng.choice(list(possible))
        deaths = possible[name](life)
        life.lose(life.rng)
        life.heal()
        yield name, deaths, life.difference()


def soak_stock(folder: Path, disposition: str, seed: int, crashes: float) -> Tallies:
    """The same for dlt alone."""
    told: Tallies = defaultdict(Tally)
    rng, number = Random(f"{seed}:{disposition}"), 0
    while told["all"].killed < crashes:
        incident, lose = rng.choice(list(stock.INCIDENTS)), rng.random() < 0.5
        place = folder / f"{disposition}-{number}"
        try:
            figures = stock.live(place, disposition, incident, lose, rng)
        except KeyboardInterrupt:
            say("interrupted")
            break
        for name in (f"{incident}, working folder {'lost' if lose else 'kept'}", "all"):
            told[name].add(*figures)
        shutil.rmtree(place, ignore_errors=True)
        number += 1
    return told


def show_progress(text: str) -> None:
    """How far it is, on stderr."""
    sys.stderr.write(f"\r{text}" if sys.stderr.isatty() else f"{text}\n")


def show(title: str, told: Tallies) -> None:
    """Figures as a table."""
    columns = ("incidents", "killed", "lost", "doubled", "not in quarantine", "twice there", "ledger")
    say(f"\n{title:<52}" + "".join(f"{name:>18}" for name in columns))
    for name, tally in sorted(told.items()):
        say(f"{name:<52}" + "".join(f"{value:>18,}" for value in vars(tally).values()))


def say(text: str) -> None:
    """To whoever watches, at once."""
    sys.stdout.write(text + os.linesep)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
