"""Invented people: an item for every number n, always the same; nobody is kept in memory."""
