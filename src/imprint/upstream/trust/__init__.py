"""Whom signatures are believed: trust domains and registries' keys, as files, and renewing them."""
