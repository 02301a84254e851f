"""The dashboard at ``/``: static files that call the API like any other client."""
