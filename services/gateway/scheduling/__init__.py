"""When syncs start by themselves."""
