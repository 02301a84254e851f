"""The running projection: following the topics, streaming changes."""
