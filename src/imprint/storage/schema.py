"""The tables, one set for SQLite and PostgreSQL. Times are Unix seconds; ids of ours are UUIDs.

Documents that are only ever read and written whole (rules, limits, workloads, manifests) are JSON
in one column; everything that is searched, compared or counted has a column of its own.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite gives row ids only to INTEGER, PostgreSQL should not run out of them.
RowId = BigInteger().with_variant(Integer, "sqlite")

users = Table(
    "users",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("email", String(254)),
    Column("password_hash", String(255)),
    Column("totp_sealed", LargeBinary),
    Column("totp_used_step", BigInteger),  # a code is good once
    Column("is_admin", Boolean, nullable=False),
    Column("disabled_at", Double),
    Column("created_at", Double, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("user_id", RowId, ForeignKey("users.id"), nullable=False, index=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("shown", String(32), nullable=False),  # first and last characters, for lists
    Column("name", String(200), nullable=False),
    Column("permission", String(32), nullable=False),  # read-only | read-write | stage-only
    Column("targets", Text, nullable=False),  # JSON list of names and patterns; [] = all
    Column("two_factor_until", Double),  # the five minutes after a good second factor
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("used_at", Double),
)

issuers = Table(
    "issuers",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("url", String(1024), nullable=False, unique=True),
    Column("provider", String(16), nullable=False),
    Column("algorithms", Text, nullable=False),
    Column("audiences", Text, nullable=False),
    Column("replay", String(16), nullable=False),
    Column("maximum_lifetime_seconds", Integer, nullable=False),
    Column("disabled_at", Double),
    Column("created_at", Double, nullable=False),
)

packages = Table(
    "packages",
    metadata,
    Column("id", String(36), primary_key=True),  # a name taken again is another package (H11)
    Column("name", String(214), nullable=False, unique=True),
    Column("canonical", String(214), nullable=False, index=True),
    Column("access", String(16), nullable=False),  # public | restricted
    Column("token_rule", String(16), nullable=False),  # default | allowed | disallowed
    Column("provenance_public", Boolean, nullable=False),  # the answer of `visibility`
    # Whether a publication without verified provenance is refused.
    Column("provenance_required", Boolean, nullable=False, server_default=false()),
    Column("generation", Integer, nullable=False),
    Column("readme", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("unpublished_at", Double),
    CheckConstraint("access IN ('public', 'restricted')", name="access"),
    CheckConstraint("token_rule IN ('default', 'allowed', 'disallowed')", name="token_rule"),
)

owners = Table(
    "owners",
    metadata,
    Column("package_id", String(36), ForeignKey("packages.id"), primary_key=True),
    Column("user_id", RowId, ForeignKey("users.id"), primary_key=True, index=True),
)

versions = Table(
    "versions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("package_id", String(36), ForeignKey("packages.id"), nullable=False),
    Column("version", String(256), nullable=False),
    Column("full", LargeBinary, nullable=False),  # manifest without dist and `_npmUser`
    Column("corgi", LargeBinary, nullable=False),
    Column("dist", LargeBinary, nullable=False),  # without the tarball's address
    Column("npm_user", LargeBinary),
    Column("deprecated", Text),
    Column("sha256", String(64), nullable=False, index=True),
    Column("sha512", String(128), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("access", String(16)),  # as asked for, for an identical repetition
    Column("body_digest", String(64), nullable=False),  # manifest, tags, access and bundle as sent
    Column("evidence", Text, nullable=False),  # JSON: publication.Evidence
    Column("bundle", LargeBinary),  # the client's sigstore bundle, as sent
    Column("published_at", Double, nullable=False),
    Column("unpublished_at", Double),
    Column("signatures", LargeBinary),  # JSON: `dist.signatures`; None: not signed
    Column("signed_with", String(64)),  # the key of the newest of them
    UniqueConstraint("package_id", "version"),
    # How many lack a signature is counted without their rows, which are large.
    Index(None, "signed_with", "unpublished_at"),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("key_id", String(64), primary_key=True),  # `SHA256:<base64>`
    Column("spki", LargeBinary, nullable=False),  # DER
    Column("private_sealed", LargeBinary),  # None: an external signer has it
    Column("signer", String(1024), nullable=False),  # `embedded`, or `exec:/program arguments`
    Column("valid_from", Double, nullable=False),
    Column("valid_until", Double),  # as clients are told; None: without an end yet
    Column("created_at", Double, nullable=False),
    Column("retired_at", Double),  # when somebody said that it signs no more
)

attestations = Table(
    "attestations",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("version_id", RowId, ForeignKey("versions.id"), nullable=False),
    Column("predicate_type", String(300), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("bundle", LargeBinary, nullable=False),  # JSON, as it is served
    Column("state", String(16), nullable=False, index=True),
    Column("domain", String(64)),  # the trust domain that verified it
    Column("proof", Text, nullable=False),  # JSON: who, when, which log entry
    Column("created_at", Double, nullable=False),
    Column("logged_at", Double),
    UniqueConstraint("version_id", "kind"),
    CheckConstraint("kind IN ('provenance', 'publish')", name="kind"),
    # The registry's own begin unsigned, then wait for their log: not advertised before.
    CheckConstraint("state IN ('verified', 'waiting', 'unsigned')", name="state"),
)

staged = Table(
    "staged",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("package_name", String(214), nullable=False, index=True),
    Column("version", String(256), nullable=False),
    Column("dist_tags", Text, nullable=False),
    Column("full", LargeBinary, nullable=False),
    Column("corgi", LargeBinary, nullable=False),
    Column("dist", LargeBinary, nullable=False),
    Column("npm_user", LargeBinary),
    Column("readme", Text, nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("sha512", String(128), nullable=False),
    Column("shasum", String(40), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("access", String(16)),
    Column("body_digest", String(64), nullable=False),
    Column("evidence", Text, nullable=False),
    Column("bundle", LargeBinary),
    Column("reason", String(64), nullable=False),  # requested | first-use
    Column("actor", String(300), nullable=False),
    Column("actor_type", String(32), nullable=False),
    Column("publisher_id", String(36)),
    Column("created_at", Double, nullable=False),
    Column("status", String(16), nullable=False),  # waiting | approved | rejected
    Column("decided_at", Double),
    Column("decided_by", String(64)),
)

dist_tags = Table(
    "dist_tags",
    metadata,
    Column("package_id", String(36), ForeignKey("packages.id"), primary_key=True),
    Column("tag", String(214), primary_key=True),
    Column("version", String(256), nullable=False),
)

publishers = Table(
    "publishers",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("target", String(214), nullable=False, index=True),  # a name, or a pattern `@acme/*`
    Column("is_pattern", Boolean, nullable=False),
    Column("issuer_id", RowId, ForeignKey("issuers.id"), nullable=False),
    Column("identity", String(64), nullable=False),  # digest of target, issuer, rules: duplicates
    Column("rules", LargeBinary, nullable=False),
    Column("limits", LargeBinary, nullable=False),
    Column("repository_id", String(64)),  # the pin; copied into the rules on reading
    Column("owner_id", String(64)),
    Column("repository", String(1024)),  # the label, refreshed once ids decide
    Column("state", String(16), nullable=False),
    Column("pending", Boolean, nullable=False),
    Column("creates", Boolean, nullable=False),
    Column("pin_until", Double),
    Column("expires_at", Double),
    Column("created_at", Double, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("owner_user_id", RowId, ForeignKey("users.id")),  # whose package a pending one creates
    Column("revision", Integer, nullable=False),
    UniqueConstraint("identity"),
    Index(None, "is_pattern", "target"),  # the patterns of one scope are next to each other
)

publisher_labels = Table(
    "publisher_labels",
    metadata,
    # No reference: what a removed publisher published keeps its labels, and ids are never reused.
    Column("publisher_id", String(36), primary_key=True),
    Column("repository", String(1024), primary_key=True),  # every name that its ids have carried
    Column("seen_at", Double, nullable=False),
)

replays = Table(
    "replays",
    metadata,
    Column("issuer", String(1024), primary_key=True),
    Column("replay_key", String(64), primary_key=True),
    # '' where a token is good for one package only, so that the primary key says "once".
    Column("package_name", String(214), primary_key=True),
    Column("credential_id", String(36), nullable=False),
    Column("address", String(64), nullable=False),
    Column("used_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
    sqlite_with_rowid=False,  # the key is nearly all of the row: not to be kept twice
)

credentials = Table(
    "credentials",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("publisher_id", String(36), nullable=False),
    Column("publisher_revision", Integer, nullable=False),
    Column("package_name", String(214), nullable=False),
    Column("package_id", String(36)),  # None: the package did not exist at the exchange
    Column("limits", LargeBinary, nullable=False),
    Column("workload", LargeBinary, nullable=False),
    Column("stage_only", Boolean, nullable=False),
    Column("dist_tag_only", Boolean, nullable=False),
    Column("version", String(256)),
    Column("sha512", String(128)),
    Column("claims_digest", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
    Column("spent_version", String(256)),
    Column("spent_at", Double),
    Column("revoked_at", Double),
)

exchanges = Table(
    "exchanges",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("package_name", String(214), nullable=False),
    Column("issuer", String(1024)),
    Column("claims_digest", String(64)),
    Column("outcome", String(64), nullable=False),  # `minted` or the refusal's code
    Column("message", Text, nullable=False),
    Column("compared", Text, nullable=False),  # JSON: every publisher compared, and the mismatches
    Column("publisher_id", String(36)),
    Column("address", String(64), nullable=False),
    Column("user_agent", String(300), nullable=False),
    Column("at", Double, nullable=False),
)

token_rules = Table(
    "token_rules",
    metadata,
    # 'registry' with '', 'scope' with '@acme', 'owner' with a user's name.
    Column("level", String(16), primary_key=True),
    Column("target", String(214), primary_key=True),
    Column("changed_at", Double, nullable=False),
    Column("changed_by", String(64), nullable=False),
)

switches = Table(
    "switches",
    metadata,
    # 'exchange', 'publish' with ''; 'issuer' with its name; 'package' with its name.
    Column("kind", String(16), primary_key=True),
    Column("target", String(1024), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("changed_at", Double, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("package_name", String(214), index=True),
    Column("actor", String(300), nullable=False),
    Column("address", String(64), nullable=False),
    Column("data", Text, nullable=False),
    Column("at", Double, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("event_id", RowId, ForeignKey("events.id"), nullable=False),
    Column("channel", String(16), nullable=False),  # mail
    Column("recipient", String(254), nullable=False),
    Column("template", String(64), nullable=False),
    Column("once_key", String(300), unique=True),  # one mail per what it is about, where set
    Column("data", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("sent_at", Double),
)
