"""Take the addresses out of a package-lock.json: what is installed is held by its hash alone."""

import json
import sys
from pathlib import Path


def main(path: Path) -> None:
    """Rewrite the lock file at `path` without `resolved`, `funding` and `deprecated`."""
    lock = json.loads(path.read_text(encoding="utf-8"))
    for package in lock["packages"].values():
        for name in ("resolved", "funding", "deprecated"):
            package.pop(name, None)
    path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
