"""The state of everything, folded from the topics. Pure."""
