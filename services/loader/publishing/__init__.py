"""Everything that the loader writes to Kafka; the relay repeats it until the topic shows it."""
