"""Benchmarks: `make bench`. They use the local services and the demo in them, and a lake of their own."""
