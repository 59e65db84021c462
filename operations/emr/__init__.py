"""Builds on EMR Serverless: what a job runs, the job itself, and how `lakehouse submit` starts and follows it.

May import the rest of `operations` below the commands. Its users are `commands/submit.py`, `commands/gate.py` and
`definitions.py`.
"""
