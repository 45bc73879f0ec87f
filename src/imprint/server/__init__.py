"""Registry and pages together in one process: start-up, clean-up, drain."""
