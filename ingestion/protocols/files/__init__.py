"""Objects in a bucket or folder, and their rows: csv, JSON lines, Parquet, plain or gzipped.

`store` lists and fetches objects, `reader` makes slices of them, `formats` parses them; `fast_parse` parses what can
mean one thing only. Imports no other protocol but `config` and `retry`.
"""
