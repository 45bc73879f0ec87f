"""The Workload: the CI run that publishes, in one form for all CI providers."""
