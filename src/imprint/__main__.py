"""`python -m imprint`."""

from __future__ import annotations

from imprint.cli.main import main

main()
