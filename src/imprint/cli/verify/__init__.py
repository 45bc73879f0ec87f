"""`imprint verify`."""
