"""Whole services in virtual time, and walks over many cases."""

import sys
from collections.abc import Generator

import pytest

from tests.patient import be_patient

be_patient()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """Count no lines for coverage: that takes longer than these tests do.

    pytest-cov's own ``no_cover`` goes on counting in a worker of pytest-xdist (measured).
    """
    counting = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(counting)
