"""HTTP: what people and programs ask, and how they are answered (interface §4)."""
