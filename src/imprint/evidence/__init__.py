"""The evidence of name@version: gathered from registries and stores, then judged; for all uses."""
