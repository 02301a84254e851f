"""The page at ``/``: small static files that ask the API like everybody else."""
