"""Tarballs on their way to clients: decided on, hashed while they come, kept, sent."""
