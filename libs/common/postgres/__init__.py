"""PostgreSQL: how a connection is made and how the schema comes to be."""
