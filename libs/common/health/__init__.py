"""Heartbeats on Kafka, and health endpoints over HTTP."""
