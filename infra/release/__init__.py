"""Releases: `make release` (make.py) and their way through the environments (deploy.py).

It may import the settings and Terraform's outputs of `operations/`; nothing imports it, and nothing
of it runs in production.
"""
