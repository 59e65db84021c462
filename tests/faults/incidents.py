"""What can happen to a lake. Each incident grows the source, does its harm, and leaves the healing to the life."""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from ingestion.bronze.fault_points import FUTURE_POINTS, POINTS
from tests.faults.ahead import Ahead
from tests.faults.kinds import Windows
from tests.faults.life import NOW, Life
from tests.faults.proxy import HARMS, harmed
from tests.faults.victims import Backfill, Ending, Full, Stop, Sweep

WIRES = {"AWS_ENDPOINT_URL", "SOURCES__POSTGRES__CREDENTIALS"}
"""Variables with an address that a proxy can stand before."""

AFTER_DEATH = ("fenced", "swept")
"""Points that only a load passes which follows one that died between its two commits."""


WHOLE = ("planned", "put", "committed", "closed", "told")
"""Points that every load passes which brings rows."""


def crash_at(life: Life, point: str, nth: int = 1) -> int:
    """Killed at a named point; returns how often something was killed. Fails where the point isn't passed."""
    if point == "widened" and not life.kind.rows():
        # a first load makes its table with all columns
        life.grow()
        life.heal()
    life.grow(bad=point in (*AFTER_DEATH, "set_aside") or None, column=point in ("widened", "registering") or None)
    killed = 0
    if point in AFTER_DEATH:
        killed += died(life.run(Stop("set_aside")), "set_aside")
    return killed + died(life.run(Stop(point, nth)), point)


def died(ending: Ending, point: str) -> int:
    """1 if it was killed; raises AssertionError if it went by."""
    assert ending.signal, f"nothing died at {point}: {ending}"
    return 1


def swept_at(life: Life, point: str) -> int:
    """Keys are gone, and the load that compares them is killed at a point; it is done again until it ends well."""
    life.grow()
    life.heal()
    life.kind.remove(life.rng)  # type: ignore[attr-defined]  # only where it can
    life.grow()
    killed = died(life.run(Stop(point), work=Sweep), point)
    life.heal(Sweep)
    return killed


def filled_at(life: Life, point: str) -> int:
    """A backfill is killed in the second of its three days; it is done again until it ends well."""
    life.grow()
    life.heal()
    life.kind.age(life.rng)  # type: ignore[attr-defined]  # only where it can
    killed = died(life.run(Stop(point, nth=2), work=Backfill), point)
    life.heal(Backfill)
    return killed


def read_again_at(life: Life, point: str) -> int:
    """A load that reads everything again is killed at a point; it is done again until it ends well."""
    life.grow()
    life.heal()
    life.grow()
    killed = died(life.run(Stop(point), work=Full), point)
    life.heal(Full)
    return killed


def let_go_at(life: Life, point: str) -> int:
    """Rows are in quarantine that every read brings, then are sent no more; killed when they have left."""
    life.grow(bad=True)
    life.heal()
    before = life.kind.left
    while life.kind.left == before:
        life.kind.correct(life.rng)  # type: ignore[attr-defined]  # only where it can
    life.grow(bad=False)
    return died(life.run(Stop(point)), point)


def killed_at_random(life: Life) -> int:
    """Killed at any instant, or just missed."""
    life.grow()
    return int(bool(life.run(alive=life.rng.uniform(0, 1.1 * life.usual)).signal))


def two_at_once(life: Life) -> int:
    """The same load on two machines; one may be killed."""
    life.grow()
    other = life.settings.home.with_name(f"{life.settings.home.name}-other")
    victims = [life.start(), life.start(home=other)]
    if doomed := life.rng.random() < 0.5:
        ending = victims.pop().end(alive=life.rng.uniform(0, 1.1 * life.usual))
    for victim in victims:
        victim.end()
    return int(doomed and bool(ending.signal))


def lease_expires(life: Life) -> int:
    """Frozen while its lease expires and another machine takes over, or dies on the way; then it goes on."""
    life.grow(bad=True)
    frozen = life.start(Stop(life.rng.choice(["planned", "put", "set_aside", "leased"]), frozen=True))
    try:
        assert frozen.frozen(), "it ended before it could be frozen"
        life.let_lease_expire()
        point = life.rng.choice([None, "extracting", "fenced", "set_aside"])
        other = life.settings.home.with_name(f"{life.settings.home.name}-other")
        ending = life.start(Stop(point) if point else None, home=other).end()
    finally:
        frozen.wake()
        woken = frozen.end()
    # whoever died before it fenced off the other one has changed nothing; it still thinks that it holds the lease
    assert ending.signal or (ending.well and not woken.well), f"it committed all the same: {woken}, {ending}"
    return int(bool(ending.signal))


def clock_jumps(life: Life) -> int:
    """Killed at any instant of a load whose clock is years ahead or days behind."""
    life.grow()
    jump = life.rng.choice([timedelta(days=400), timedelta(hours=5), -timedelta(days=14), -timedelta(days=400)])
    now = (datetime.fromisoformat(NOW) + jump).isoformat()
    alive = None if life.rng.random() < 0.5 else life.rng.uniform(0, 1.1 * life.usual)
    return int(bool(life.run(alive=alive, LAKEHOUSE_NOW=now).signal))


def network(life: Life, harm: str) -> int:
    """Cuts, delays and errors between the load and S3, or between it and its database."""
    life.grow()
    variable = life.rng.choice([name for name in WIRES if name in life.environment])
    port = str(urlsplit(life.environment[variable]).port)
    http = variable == "AWS_ENDPOINT_URL"
    with harmed(int(port), harm, 0.08 if http else 0.3, life.rng, http=http) as proxy:
        life.run(**{variable: life.environment[variable].replace(port, str(proxy.port))})
    return 0


def everywhere(life: Life) -> dict[str, Callable[[Life], int]]:
    """The incidents that can happen to a life, by name."""
    points = [point for point in POINTS if point != "registering" or life.settings.catalog == "glue"]
    crashes: dict[str, Callable[[Life], int]] = {
        f"killed at {point}": lambda life, point=point: crash_at(life, point)
        for point in points  # type: ignore[misc]
    }
    more = {"killed at random": killed_at_random, "two at once": two_at_once, "the clock jumps": clock_jumps}
    if isinstance(life.kind, Windows):
        more |= {f"sweep killed at {point}": lambda life, point=point: swept_at(life, point) for point in WHOLE}  # type: ignore[misc]
        more |= {f"--full killed at {point}": lambda life, point=point: read_again_at(life, point) for point in WHOLE}  # type: ignore[misc]
        more |= {f"backfill killed at {point}": lambda life, point=point: filled_at(life, point) for point in WHOLE}  # type: ignore[misc]
    if isinstance(life.kind, Ahead):
        more |= {f"killed at {point}": lambda life, point=point: let_go_at(life, point) for point in FUTURE_POINTS}  # type: ignore[misc]
    if WIRES & life.environment.keys():
        # a database's driver gives up where S3's clients try again
        harms = HARMS if "AWS_ENDPOINT_URL" in life.environment else ("cut", "slow")
        more |= {f"network: {harm}": lambda life, harm=harm: network(life, harm) for harm in harms}  # type: ignore[misc]
    if life.settings.lease_table:
        more["the lease expires"] = lease_expires
    return crashes | more
