"""`package.json` files and the workspaces they make."""
