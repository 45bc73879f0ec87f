"""The publisher's client: configuration, ambient ID token, the registry's answers."""
