"""What owners set: trusted publishers, who may read, whether tokens may publish."""
