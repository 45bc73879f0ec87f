"""Bundles, certificates, log proofs, timestamps, registry signatures → who signed. Pure."""
