"""An audit in every format: one file for each, all over `audit.model.Audit`."""
