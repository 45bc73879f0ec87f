"""Asking upstream registries, and keeping what they said. Not here: what is served of it."""
