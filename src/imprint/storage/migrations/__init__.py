"""The database's history: one file for each change of storage/schema.py, run by migrate.py."""
