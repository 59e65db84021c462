"""Seeded data for the emulated sources: `generate` makes it, `lakehouse demo-data` brings it to them.

Everything is a function of (seed, scale, first, as_of, days); see `timeline` for how days follow one another, and
`dirt` (with devstack/dirt.yml) for what is wrong with it on purpose.
"""

from devstack.generator.demo import Demo, dms_files, generate, vendor_files
from devstack.generator.landing import Landing, expected
from ingestion.settings import Settings

__all__ = ["Demo", "Landing", "expected", "generate", "refill"]


def refill(settings: Settings) -> None:
    """Give an S3 that forgot everything the vendors' and DMS's files back, byte by byte, if there is a demo."""
    from devstack import services
    from devstack.generator import state
    from devstack.generator.fill import vendor_drop

    line = state.read(settings)
    if line:
        addresses = services.environment(settings)
        vendor_drop.fill(addresses, vendor_files(line))
        vendor_drop.fill(addresses, dms_files(line), vendor_drop.CHANGES_URL)
