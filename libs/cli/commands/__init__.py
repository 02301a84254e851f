"""The commands of ``hemis``, a module for each theme."""
