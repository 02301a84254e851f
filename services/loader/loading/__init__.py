"""Poll, collect a batch, load it in one transaction, commit."""
