"""Expressions of GitHub Actions, `${{ … }}`: syntax, what they refer to, what they come to."""
