"""The fold over the progress topic. Pure."""
