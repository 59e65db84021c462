"""Quarantine: rejected rows as a table, checked again, replayed, cleaned up after a load that died.

`out_of_window` holds rows beyond the source's clock. Imports `delta`, `rows`, `slices` and `leases`.
"""
