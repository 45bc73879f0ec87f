"""The story of `imprint demo`, with its stand-in CI issuer. Nothing of it is used by the server."""
