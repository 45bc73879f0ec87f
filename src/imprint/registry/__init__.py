"""The npm-compatible registry: exchange, publish, read, stage, trust, tokens."""
