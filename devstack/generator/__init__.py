"""Seeded data for the emulated sources: `generate` makes it, `lakehouse demo-data` brings it to them.

Everything is a function of (seed, scale, first, as_of, days); see `timeline` for how days follow one another, and
`dirt` (with devstack/dirt.yml) for what is wrong with it on purpose.
"""

from devstack.generator.demo import Demo, generate

__all__ = ["Demo", "generate"]
