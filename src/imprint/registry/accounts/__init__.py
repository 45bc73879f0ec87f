"""Accounts as npm knows them: login, whoami, profile, tokens."""
