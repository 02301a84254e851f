"""The rebuild command: rebuilds the tables from the topics."""
