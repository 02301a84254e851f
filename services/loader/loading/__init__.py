"""Poll, batch, one transaction, commit."""
