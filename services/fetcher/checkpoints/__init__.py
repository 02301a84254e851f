"""The fetcher's only memory, on Kafka."""
