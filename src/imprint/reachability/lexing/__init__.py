"""Which places of a JavaScript file are code, and no comment, text or pattern."""
