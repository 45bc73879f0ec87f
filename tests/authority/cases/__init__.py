"""Golden cases: documents and bundles with what is to be thought of them, and their maker."""
