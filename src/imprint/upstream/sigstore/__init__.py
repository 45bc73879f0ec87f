"""Clients of an existing sigstore instance: certificates, log entries, timestamps."""
