"""Builds on EMR Serverless: what a job runs, the job itself, and how `lakehouse submit` starts and follows it.

May import the rest of `operations`; only `operations/submit.py` and `operations/steps.py` import it.
"""
