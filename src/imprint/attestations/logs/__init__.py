"""Transparency logs: whether an entry was promised, is in the tree, and is about this signature."""
