"""What the gateway writes to Kafka."""
