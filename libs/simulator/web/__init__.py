"""The simulated HEMIS over HTTP: its REST interface, the switches, and a page that explains."""
