"""Which engines are compared, each opened in a folder of its own; the first is the reference."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from tests.engines.engine import Engine
from tests.engines.on_athena import athena
from tests.engines.on_local import local
from tests.engines.on_spark import spark

ENGINES: dict[str, Callable[[Path], AbstractContextManager[Engine]]] = {
    # the target of profiles.yml -> what opens the engine in an existing, empty folder
    "local": local,
    "spark": spark,
    "athena": athena,
}


@contextmanager
def opened(folder: Path, names: Sequence[str] = tuple(ENGINES)) -> Iterator[list[Engine]]:
    """Engines, ready to build, and closed at the end."""
    with ExitStack() as stack:
        engines = []
        for name in names:
            (folder / name).mkdir()
            engines.append(stack.enter_context(ENGINES[name](folder / name)))
        yield engines
