"""The lists: who is present, in which order, which filters and which pages."""
