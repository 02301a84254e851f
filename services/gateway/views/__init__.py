"""What people see, computed from the projection. Pure."""
