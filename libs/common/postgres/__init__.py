"""PostgreSQL: connections, migrations and errors."""
