"""Everything the fetcher writes to Kafka; refuses once leadership is lost."""
