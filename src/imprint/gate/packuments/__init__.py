"""Packuments as the gate serves them: less what is withheld, rendered and compressed once."""
