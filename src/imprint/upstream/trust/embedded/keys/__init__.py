"""Keys of registries that this version of imprint ships with."""
