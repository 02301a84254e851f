"""What hemis.progress says of a sync, and the report that follows. Pure but for the follower."""
