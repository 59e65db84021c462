"""The sources: every module here that has a SOURCE is one, so adding a source is adding a file."""

import importlib
import pkgutil

from ingestion.source import Source
from ingestion.spec_check import check


def load_sources() -> dict[str, Source]:
    """Name -> source, in the alphabet's order; raises SpecError for table specs that can't be loaded."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    sources = [module.SOURCE for module in modules if hasattr(module, "SOURCE")]
    check(sources)
    return {source.name: source for source in sources}
