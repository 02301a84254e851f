"""Kafka behind small interfaces: the only importer of aiokafka."""
