"""`imprint audit` and `imprint diff`."""
