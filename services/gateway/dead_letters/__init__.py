"""The dead-letter desk: what could not be loaded, and what people do about it."""
