"""docs/architecture.md has every folder of the Python packages, in layers, with the imports that the code has."""

import ast
import re
from functools import cache
from pathlib import Path

from ingestion.settings import PROJECT

PACKAGES = ("ingestion", "operations", "devstack")
ROW = re.compile(r"^\| `([\w/]+)/` \| [^|]+ \| ([^|]*) ?\|$", re.MULTILINE)
OF_ONE_ROOM = ("devstack", "ingestion/sources")
"""Folders whose own folders are no rooms of the house: `devstack/generator` is the shop's data."""


def rooms() -> dict[str, set[str]]:
    """Folder -> the folders that it imports, by their last names, as the page has them; in the page's order."""
    page = (PROJECT / "docs" / "architecture.md").read_text()
    rows = ROW.findall(page[: page.index("Beside the Python packages")])
    return {folder: set(re.findall(r"`(\w+)`", names)) for folder, names in rows}


@cache
def folders() -> set[str]:
    found = {
        path.parent.relative_to(PROJECT).as_posix() for name in PACKAGES for path in (PROJECT / name).rglob("*.py")
    }
    return {name for name in found if not any(name.startswith(f"{one}/") for one in OF_ONE_ROOM)}


def imported(folder: str) -> set[str]:
    """The rooms that a folder's files import, its own and those that contain it left out."""
    names: set[str] = set()
    for path in (PROJECT / folder).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                names |= {f"{node.module}.{one.name}" for one in node.names}
            elif isinstance(node, ast.Import):
                names |= {one.name for one in node.names}
    found = {room(name) for name in names if name.partition(".")[0] in PACKAGES}
    return {name for name in found if name != folder and not is_below(folder, name)}


def room(module: str) -> str:
    """The folder in which an imported module stands."""
    place = Path(*module.split("."))
    known = folders()
    return next(parent.as_posix() for parent in (place, *place.parents) if parent.as_posix() in known)


def is_below(folder: str, other: str) -> bool:
    return folder.startswith(f"{other}/")


def test_every_folder_is_on_the_page() -> None:
    assert set(rooms()) == folders()


def named(folder: str, name: str) -> str:
    """The folder that a name on the page means: a package, one of the row's own folders, or one beside it."""
    places = (f"{folder}/{name}", *(f"{parent.as_posix()}/{name}" for parent in Path(folder).parents), name)
    return next(place for place in places if place in folders())


def test_a_folder_imports_what_the_page_says_and_nothing_else() -> None:
    for folder, names in rooms().items():
        package = folder.partition("/")[0]
        listed = {named(folder, name) for name in names}
        found = {name for name in imported(folder) if name.partition("/")[0] == package}
        if folder == package:
            found |= {name.partition("/")[0] for name in imported(folder)} - {package}
        covered = {one: [name for name in found if name == one or is_below(name, one)] for one in listed}
        assert all(covered.values()), f"{folder} imports nothing of {[one for one in listed if not covered[one]]}"
        assert found == {name for names in covered.values() for name in names}, folder


def test_the_page_is_in_the_order_of_the_layers() -> None:
    order = {folder: place for place, folder in enumerate(rooms())}
    for folder in order:
        above = [one for one in imported(folder) if order[one] < order[folder]]
        assert not [one for one in above if not is_below(folder, one)], folder
