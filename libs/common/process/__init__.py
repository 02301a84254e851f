"""How a process is set up, stops, logs, and says whether it is ready."""
