"""YAML and JSON as nodes that know their place. Not here: what the keys mean."""
