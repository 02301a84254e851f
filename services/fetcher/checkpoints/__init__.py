"""The fetcher's only stored state, on Kafka."""
