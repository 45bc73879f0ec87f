"""Other registries and issuers over HTTP: documents, keys, limits. Not here: what they mean."""
