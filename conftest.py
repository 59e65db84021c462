"""For every test of the project, the adapter's too."""

import signal

import hypothesis
import pytest

# no bound of time: a machine may be slow
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")

# a shell that starts a job in the background has it ignore SIGINT, and so would all that tests start and interrupt
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group tests for the workers of `pytest -n`: a file's tests run together, and so do all that share the demo's
    lake, or Terraform's plans, which are made once."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        shared = "lake" if {"demo", "lake"} <= fixtures else "plans" if "plan" in fixtures else ""
        item.add_marker(pytest.mark.xdist_group(shared or item.nodeid.split("::")[0]))
