"""One Kafka record is read, and what it does is decided. Pure."""
