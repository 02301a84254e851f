"""Kafka records are read, and what each does to its row is decided. Pure."""
