"""GitHub Actions: workflow and action files, and what their expressions mean."""
