"""The projection of a running gateway: follows the topics, streams changes."""
