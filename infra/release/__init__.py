"""Releases: `make release` (make.py) and their way through the environments (deploy.py).

It may import the settings, and of `operations/` Terraform's outputs, the file store and the files of a job; nothing
imports it, and nothing of it runs in production.
"""
