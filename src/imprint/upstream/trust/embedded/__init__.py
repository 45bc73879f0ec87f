"""What this version of imprint ships with: a file for each trust domain, and registries' keys."""
