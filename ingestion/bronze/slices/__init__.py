"""The slices that a load reads: the source's, less what the table's snapshot already holds (`plan`).

Lookback, counting cursors and stream offsets are cases of it. Imports `delta`; reads no rows.
"""
