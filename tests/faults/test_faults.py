"""Killed at every named point and at random, on a disk and on S3, in every kind of source: nothing lost or doubled.

`make soak CRASHES=1000` leads many more lives than these, and stock dlt's beside them.
"""

from pathlib import Path
from random import Random

import pytest

from ingestion.bronze.fault_points import POINTS, REPLAY_POINTS, arm
from ingestion.settings import Settings
from tests.faults import lives, stock
from tests.faults.incidents import everywhere
from tests.faults.victims import Replay, Stop

pytestmark = pytest.mark.commands

ON_DISK = [f"killed at {point}" for point in POINTS if point != "registering"]
RARER = ["killed at fenced", "killed at put", "killed at set_aside", "killed at committed", "killed at random"]
ON_S3 = ["killed at fenced", "killed at registering", "the lease expires", "network: 503", "network: answer lost"]
AND_MORE = ["sweep killed at put", "sweep killed at committed", "backfill killed at committed"]

LIVES = {
    ("windows", "disk"): [*ON_DISK, *AND_MORE, "killed at random", "two at once", "the clock jumps"],
    ("files", "disk"): [*RARER, "killed at widened", "killed at closed", "two at once"],
    ("offsets", "disk"): RARER,
    ("kafka", "disk"): ["killed at put", "killed at set_aside"],
    ("changes", "disk"): RARER,
    ("postgres", "disk"): [*RARER, "network: cut"],
    ("windows", "s3"): ON_S3,
    ("files", "s3"): ["killed at set_aside", "network: cut"],
}


@pytest.mark.parametrize(("kind", "store"), LIVES)
def test_a_life_of_faults_loses_and_doubles_nothing(services: Settings, tmp_path: Path, kind, store) -> None:
    life = lives.begin(kind, store, tmp_path / "life", Random(f"{kind} on {store}"))
    incidents, deaths = everywhere(life), 0
    for name in LIVES[kind, store]:
        deaths += incidents[name](life)
        life.lose(life.rng)
        errors = life.heal()
        assert not life.difference(), f"after {name}; healing met {errors}"
    assert deaths >= sum(name.startswith("killed at") and name != "killed at random" for name in LIVES[kind, store])


@pytest.mark.parametrize("point", REPLAY_POINTS)
def test_a_replay_that_is_killed_loses_and_doubles_nothing(tmp_path: Path, point: str) -> None:
    life = lives.begin("windows", "disk", tmp_path / "life", Random(point))
    life.grow(bad=True)
    life.heal()
    life.kind.accept()
    assert life.run(Stop(point), work=Replay).signal
    life.lose(life.rng)
    if point in ("landed", "emptied"):  # then a load finishes it as well
        life.grow()
        life.heal()
        assert not life.difference()
    life.heal(Replay)
    assert not life.difference()


def test_the_lives_above_have_at_least_thirty_crashes() -> None:
    assert sum(name.startswith("killed at") for names in LIVES.values() for name in names) >= 30


@pytest.mark.parametrize(("lose_folder", "disposition", "doubled"), [(False, "append", True), (True, "merge", False)])
def test_the_harness_sees_what_dlt_alone_doubles(tmp_path: Path, lose_folder, disposition, doubled) -> None:
    """A harness that found nothing would prove nothing."""
    figures = stock.live(tmp_path / "life", disposition, "killed at committed", lose_folder, Random(1))
    assert (figures[0], figures[1], figures[2] > 0) == (1, 0, doubled)


def test_a_crash_point_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="no crash point 'nowhere'; there are leased, planned"):
        arm("nowhere")
