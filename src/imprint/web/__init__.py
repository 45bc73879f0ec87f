"""Pages and JSON under /-/imprint/. Not here: npm's own routes, and what anything decides."""
