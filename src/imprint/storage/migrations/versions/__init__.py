"""One migration for each file, the newest last."""
