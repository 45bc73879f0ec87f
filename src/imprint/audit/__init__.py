"""A lockfile → who published every package, how that is proven, and whether it may be installed."""
