"""Unit tests answer within seconds; `make test` tries as many examples as hypothesis likes."""

from hypothesis import settings

settings.register_profile("quick", settings.get_profile("patient"), max_examples=5)
