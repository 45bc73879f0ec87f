"""Which locked packages an application really loads, and how. Pure: files come in as functions."""
