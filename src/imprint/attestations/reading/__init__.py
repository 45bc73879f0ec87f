"""Bundles, documents, statements, trusted roots, key sets: from JSON to data. Proves nothing."""
