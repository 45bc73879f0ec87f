"""Which jobs publish to npm: with which client of which version, which packages and credentials."""
