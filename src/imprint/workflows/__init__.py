"""CI files → model → who can publish; checks, paths, edits. Pure: files come in as bytes."""
