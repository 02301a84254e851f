"""All SQL of a running loader."""
