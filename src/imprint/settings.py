"""The server's settings: file, then environment, then flags; each knows where it came from."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_NAME = "imprint-server.toml"
PREFIX = "IMPRINT_"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting. The docstring under each one is its documentation."""

    data: str = "imprint-data"
    """Folder of the embedded database, the blobs and the secret key."""
    listen: str = "127.0.0.1:4873"
    """`HOST:PORT`; port 0 takes a free one."""
    database: str = ""
    """`sqlite:///FILE` or `postgresql://USER@HOST/NAME`; empty: SQLite in the data folder."""
    blobs: str = ""
    """A folder, `s3://BUCKET/PREFIX`, `gs://…`, `az://…`; empty: a folder in the data folder."""
    public_url: str = ""
    """The address that clients use; empty: the one it listens on. Audiences follow from it."""
    secret_key_file: str = ""
    """File with the 32 bytes that stored secrets are sealed with; empty: in the data folder."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses whose `X-Forwarded-For` is believed."""
    threads: int = 8
    """How many requests work on the database at once."""
    max_publish_bytes: int = 64 * 1024 * 1024
    """Largest body of a publication."""
    publications_per_hour: int = 2000
    """Per package."""
    banned_events: tuple[str, ...] = ()
    """CI events that no trusted publisher may publish on, whatever it says itself."""
    open_registration: bool = False
    """Whether anybody may make an account with `npm adduser`."""
    sign_versions: bool = True
    """Whether versions are signed, and keys and signatures served."""
    signer: str = ""
    """`exec:/path/to/program arguments` with the signing keys; empty: sealed in the database."""

    trust: str = ""
    """Folder of the trust domains' files; empty: `trust` in the data folder."""
    trust_max_age_days: int = 0
    """Roots and keys that are older judge nothing (`trust-root-stale`); 0: they only warn."""

    provenance_visibilities: tuple[str, ...] = ("public", "internal", "private")
    """Source repositories whose provenance is taken, by their visibility."""
    provenance_self_hosted: bool = False
    """Whether provenance of runs on machines of one's own is taken."""
    advertised_domains: tuple[str, ...] = ("public-good",)
    """Trust domains whose attestations npm is told of: those whose roots all clients have."""
    transparency_log: str = ""
    """Address of the log (Rekor v1) for publish attestations; empty: they are signed alone."""
    attest_private_sources: bool = False
    """Whether publish attestations name runs of repositories that are not public."""

    advisories: str = ""
    """OSV's archive of npm (`all.zip`), which `npm audit` is answered from; empty: of our own
    packages nothing is known, and the gate asks its upstreams."""

    upstream: str = ""
    """Address of the registry behind the gate, for scopes without their own; empty: none."""
    upstreams: tuple[str, ...] = ()
    """`@SCOPE=URL`: where the packages of a scope come from, if not from `upstream`."""
    upstream_npmrc: str = ""
    """An `.npmrc` file with the upstreams' tokens (`//HOST/:_authToken`); empty: they get none."""
    own_scopes: tuple[str, ...] = ()
    """Scopes that are ours alone: nothing of them is ever asked upstream."""
    gate_names: tuple[str, ...] = ()
    """`NAME=own` or `NAME=upstream`, also `@SCOPE/*=…`: whose a name is that could be either's."""
    policy: str = ""
    """The gate's policy file; empty: everything is served, and nothing is judged."""
    gate_undecided: str = ""
    """`hold` or `allow`: versions that could not be judged; empty: as the policy's mode has it."""
    gate_folder: str = ""
    """Folder for what is kept of upstreams; empty: `gate` in the data folder. It may be deleted."""
    gate_quota_bytes: int = 20 * 1024 * 1024 * 1024
    """How much of tarballs is kept; what was not used for longest goes first."""
    gate_max_age_seconds: int = 300
    """How long a packument is served before its upstream is asked again."""
    gate_refresh_seconds: int = 300
    """How much longer it is served at once, while its upstream is asked in the background."""
    gate_stale_seconds: int = 86_400
    """How much longer it is served, with a warning, while its upstream does not answer."""
    gate_clients: tuple[str, ...] = ()
    """Networks (`10.0.0.0/8`) whose clients may use the gate; empty: everybody may."""
    gate_inventory: bool = True
    """Whether it is kept which client asked for which version, as far as clients tell."""

    @property
    def database_url(self) -> str:
        """The database's address, the embedded default filled in."""
        return self.database or f"sqlite:///{Path(self.data) / 'imprint.sqlite3'}"

    @property
    def blobs_address(self) -> str:
        """The blob store's address, the embedded default filled in."""
        return self.blobs or str(Path(self.data) / "blobs")

    @property
    def secret_key_path(self) -> Path:
        """The secret key's file, the embedded default filled in."""
        return Path(self.secret_key_file or Path(self.data) / "secret.key")

    @property
    def gate_path(self) -> Path:
        """The gate's folder, the default in the data folder filled in."""
        return Path(self.gate_folder or Path(self.data) / "gate")

    @property
    def has_gate(self) -> bool:
        """Whether there is any upstream."""
        return bool(self.upstream or self.upstreams)

    @property
    def trust_folder(self) -> Path:
        """The folder of trust, the default in the data folder filled in."""
        return Path(self.trust or Path(self.data) / "trust")


class LoadedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings, and for each of them where its value came from."""

    settings: Settings
    origins: Mapping[str, str]


_TYPES: Final = {
    name: type(default)
    for name, default in zip(Settings.__struct_fields__, Settings.__struct_defaults__, strict=True)
}


def load(
    *, file: Path | None, environment: Mapping[str, str], flags: Mapping[str, object]
) -> LoadedSettings:
    """Return the settings; raises Malformed for what cannot be one, naming where it stands.

    `file` None means `imprint-server.toml` here, if there is one. Flags that are None were not
    given.
    """
    values: dict[str, object] = {}
    origins = dict.fromkeys(_TYPES, "default")
    path = file or Path(FILE_NAME)
    if file is not None or path.is_file():
        for name, value in _read(path).items():
            values[name] = _checked(name, value, origin=str(path))
            origins[name] = str(path)
    for name, kind in _TYPES.items():
        variable = PREFIX + name.upper()
        if (text := environment.get(variable)) is not None:
            values[name] = _parsed(name, kind, text, origin=variable)
            origins[name] = variable
    for name, value in flags.items():
        if value is not None:
            values[name] = _checked(name, value, origin=f"--{name.replace('_', '-')}")
            origins[name] = f"--{name.replace('_', '-')}"
    return LoadedSettings(settings=Settings(**values), origins=origins)  # type: ignore[arg-type]  # checked one by one


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as err:
        raise Malformed("settings-file", f"cannot read `{path}`: {err.strerror}") from err
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise Malformed("settings-file", f"`{path}` is not TOML: {err}") from err


def _checked(name: str, value: object, *, origin: str) -> object:
    kind = _TYPES.get(name)
    if kind is None:
        raise Malformed(
            "unknown-setting",
            f"`{origin}` has `{name}`, which is no setting",
            hint=f"settings are {', '.join(sorted(_TYPES))}",
        )
    if kind is tuple and isinstance(value, list) and all(isinstance(v, str) for v in value):
        return tuple(value)
    if type(value) is not kind or (kind is int and _negative(value)):
        raise Malformed(
            "setting-type", f"`{origin}` has `{name} = {value!r}`: it takes {_words(kind)}"
        )
    return value


def _parsed(name: str, kind: type, text: str, *, origin: str) -> object:
    if kind is int and text.isascii() and text.isdigit():
        return int(text)
    if kind is bool and text.lower() in ("true", "false", "1", "0"):
        return text.lower() in ("true", "1")
    if kind is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind is str:
        return text
    raise Malformed("setting-type", f"`{origin}` is `{text}`: `{name}` takes {_words(kind)}")


def _negative(value: object) -> bool:
    return isinstance(value, int) and value < 0


def _words(kind: type) -> str:
    words = {
        int: "a whole number, not below 0",
        bool: "true or false",
        tuple: "a list of texts",
        str: "a text",
    }
    return words[kind]
