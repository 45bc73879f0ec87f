"""The install proxy: upstream packuments and tarballs, filtered by policy; our own come first."""
