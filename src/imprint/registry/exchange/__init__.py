"""ID token in, publish credential out: the decision, the minting, the HTTP route, revocation."""
