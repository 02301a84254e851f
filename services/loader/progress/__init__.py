"""What ``hemis.progress`` says of a sync, and the report made of it. Pure but for the follower."""
