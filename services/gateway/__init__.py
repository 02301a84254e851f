"""The gateway: REST API, dashboard, schedule and alerts over Kafka."""
