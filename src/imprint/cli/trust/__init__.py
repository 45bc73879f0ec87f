"""`imprint trust …`: who may publish a package."""
