"""Builds on EMR Serverless: what a job runs, the job itself, and how `lakehouse submit` starts and follows it.

May import the rest of `operations`; its users are `operations/commands/submit.py`, `gate.py` and `operations/definitions.py`.
"""
