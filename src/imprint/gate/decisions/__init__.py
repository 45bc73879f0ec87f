"""Decisions to look at: verdicts on request, how the gate is, what another policy would change."""
