"""The tables, made again from the topics."""
