"""What programs and actions do by version, as data. `scripts/refresh_tables.py` rewrites them."""
