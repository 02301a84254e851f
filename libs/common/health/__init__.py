"""Signs of life: heartbeats on Kafka, health endpoints over HTTP."""
