"""Unit tests answer within seconds; `make test` tries as many examples as hypothesis likes."""

import gc

from hypothesis import settings

settings.register_profile("quick", settings.get_profile("patient"), max_examples=5)


def pytest_collection_finish() -> None:
    """Spare the garbage collector the thousands of collected tests: a quarter of the time."""
    gc.collect()
    gc.freeze()
