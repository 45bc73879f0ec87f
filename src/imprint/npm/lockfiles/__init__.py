"""Lockfiles of npm, pnpm, yarn and bun, read into one graph. Not here: files (`audit/`)."""
