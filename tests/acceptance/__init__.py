"""The acceptance cases, the tests that cover them, and the page that says so."""
