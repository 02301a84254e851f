"""How hypothesis tries examples, wherever it does."""

from hypothesis import HealthCheck, settings


def load_hypothesis_profile() -> None:
    """How long one example takes says what else the machine does, and nothing of the code."""
    settings.register_profile(
        "no deadline", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("no deadline")
