"""A gate's cache as one file, for a gate elsewhere: what is in it, how it is written and taken."""
