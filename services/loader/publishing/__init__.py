"""Everything the loader writes to Kafka, repeated until it is seen there."""
