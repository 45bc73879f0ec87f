"""The advisory channel: what is known against a graph, and what the gate refuses of it."""
