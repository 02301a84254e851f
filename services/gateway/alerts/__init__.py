"""Alerts: found by every gateway, published on the topic, sent to a webhook."""
