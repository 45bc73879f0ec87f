"""Who asks, and what may they: bearers, principals, ownership, second factors, token rules."""
