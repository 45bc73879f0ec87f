"""The command line: one file for each command. Nothing is decided here."""
