"""What the topics say about each sync: a pure fold, and the view that people read."""
