"""Edits: how files are changed so that all that is not named stays as it was. Pure."""
