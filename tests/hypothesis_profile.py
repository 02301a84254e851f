"""How hypothesis tries examples, wherever it does."""

from hypothesis import HealthCheck, settings


def be_patient() -> None:
    """How long one example takes says what else the machine does, and nothing of the code."""
    settings.register_profile(
        "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("patient")
