"""`imprint policy`: one file for each command."""
