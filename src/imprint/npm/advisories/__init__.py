"""Advisories in OSV's and npm's shapes, and whether a version is affected. Pure: no I/O."""
