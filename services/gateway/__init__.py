"""The gateway: HTTP for people and programs, commands and folded progress on Kafka."""
