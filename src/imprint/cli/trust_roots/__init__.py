"""`imprint trust-roots`: one file for each command."""
