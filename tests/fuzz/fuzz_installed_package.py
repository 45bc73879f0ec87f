"""Fuzz entry: a package.json and a tsconfig.json, and what names mean by them."""

from imprint.reachability.imports import ImportKind
from imprint.reachability.resolution import Missed, Resolved, Resolver
from tests.support.memory_files import MemoryFiles

NAMES = ("b", "b/a", "b/deep/a", "./a", "#a", "#deep/a", "@/a", "a")


def one_input(data: bytes) -> None:
    """Any bytes as either file: a name means a file that is there, or none."""
    files = MemoryFiles(
        {
            "package.json": data,
            "tsconfig.json": data,
            "node_modules/b/package.json": data,
            "node_modules/b/a.js": "",
            "src/a.js": "",
        }
    )
    resolver = Resolver(files)
    for name in NAMES:
        for importer in ("src/x.ts", "node_modules/b/x.js"):
            for kind in (ImportKind.IMPORT, ImportKind.REQUIRE):
                match resolver.resolve(name, importer, kind):
                    case Resolved(path=path):
                        assert files.is_file(path)
                    case Missed():
                        pass
