"""A command is accepted or refused, and its task begins."""
