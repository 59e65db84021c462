"""The sources: every module here that has a SOURCE is one, so adding a source is adding a file."""

import importlib
import pkgutil

from ingestion.spec import Source


def load_sources() -> dict[str, Source]:
    """Name -> source, in the alphabet's order."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {module.SOURCE.name: module.SOURCE for module in modules if hasattr(module, "SOURCE")}
