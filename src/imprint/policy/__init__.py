"""The policy file → admitted, refused with reasons, or undecided. Pure: no I/O."""
