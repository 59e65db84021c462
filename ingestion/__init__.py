"""Ingestion: sources, read by their protocols, land in bronze exactly once.

A table is described by its spec (`spec.py`), a source by `source.py`. Imports neither `operations` nor `devstack`.
"""
