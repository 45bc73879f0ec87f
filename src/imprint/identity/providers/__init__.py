"""One table of data for each CI provider: which claim fills which field of a Workload."""
