"""Kafka and PostgreSQL without Docker: for ``make run``, and for the tests."""
