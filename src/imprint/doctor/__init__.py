"""Doctor: what is wrong in a release set-up, who could publish, and why the last run failed."""
