"""What the steps of a job do to code, caches, artifacts and credentials. Runs nothing."""
