"""Forges by their APIs, and clones of their repositories, read-only: tags, branches, runs."""
