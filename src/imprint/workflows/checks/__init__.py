"""The checks: `name.py` and its page `name.md`, found by being here."""
