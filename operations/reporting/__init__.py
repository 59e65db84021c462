"""Reports for people and as JSON: tables on stdout, progress on stderr, the summary of a run.

A report prints what it is given; it starts and loads nothing.
"""
