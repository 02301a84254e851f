"""Texts and numbers for people, computed from the projection. Pure."""
