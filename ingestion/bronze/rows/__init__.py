"""Rows on their way into bronze: the contract, rules and their violations, row ids, audit columns.

`spill` and `spool` keep on disk what memory doesn't hold. Imports values and specs, never a Delta table.
"""
