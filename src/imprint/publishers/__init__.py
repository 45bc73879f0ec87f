"""Trusted publishers: which Workload may publish what, the matching, and publish credentials."""
