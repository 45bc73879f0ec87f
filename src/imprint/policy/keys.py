"""Every key of `imprint.toml`, with what it is for: the reader knows these and no other.

The reference page is compared with this. A dot leads into a table; `[]` into each of several.
"""

from __future__ import annotations

KEYS = {
    "version": "the version of this form: 1",
    "mode": "what a refusal does: `observe`, `warn` or `enforce`",
    "enforce-from": "the day from which the mode is `enforce`",
    "preset": "where the rest starts from: `observe`, `no-downgrade`, `provenance`,"
    " `trusted-publishing` or `strict`",
    "extends": "one policy, or several, that this one tightens: an address, `#sha256:` and the"
    " digest of its text",
    "may-accept": "rules whose reasons a policy that extends this one may accept",
    "fresh": "how long a release is fresh: what is older has been seen by many",
    "cooldown": "how old a release has to be; `0` for no waiting",
    "unknown": "what lacking evidence comes to: `allow`, `warn` or `block`; or a table of axes",
    "unknown.default": "what it comes to for an axis that is not named",
    "unknown.auth": "which credential published",
    "unknown.approval": "whether a person approved",
    "unknown.origin": "what provenance there is",
    "unknown.signature": "the registry's signature",
    "unknown.time": "when it was published",
    "unknown.packument": "the package's document as a whole",
    "unknown.advisories": "known flaws",
    "unknown.license": "the licence",
    "scope": "which packages are judged as all others; or several such tables, `[[scope]]`",
    "scope.dev": "those that only development needs: `all`, `build-only` or `none`",
    "scope.bundled": "those in another's tarball: `inherit` or `warn`",
    "scope.names": "names, or `@scope/*`, that the two keys below are about",
    "scope.registry": "the one registry that they come from: its address",
    "scope.own": "`true`: they are ours: no cooldown, and lacking evidence is no matter",
    "rules": "a level for a rule, by its id: `off`, `warn`, `by-severity` or `block`",
    "rules.*.level": "the same, in a table",
    "rules.*.from": "the least severity that counts: `info`, `warn` or `error`",
    "require[]": "what is asked of some packages",
    "require[].packages": "names, `@scope/*`, `name@range` or purls",
    "require[].minimum": "the least grade: `L1` to `L7`",
    "require[].auth": "the least credential: `oidc`, `human-2fa` or `token`",
    "require[].approval": "`staged-2fa`: a person approved it",
    "require[].origin": "the least provenance: `verified+bound`, `verified` or"
    " `present-unverified`",
    "require[].signature": "`valid`: the registry signed it",
    "require[].identity": "the publisher that is expected",
    "require[].identity.repository": "`owner/name`",
    "require[].identity.repository-id": "its id, which no rename changes",
    "require[].identity.owner-id": "the id of its owner",
    "require[].identity.workflow": "the file of the workflow, or its path",
    "require[].identity.ref": "a pattern of refs: `refs/tags/v*`",
    "require[].identity.issuer": "the address of the CI's issuer",
    "require[].when": "where it is asked",
    "require[].when.reach": "only of packages that are exposed so: `install`, `build`,"
    " `runtime-imported`, `runtime-closure`, …",
    "require[].level": "`block`, or `warn`",
    "require[].enforce-from": "the day from which it blocks; it warns before",
    "accept[]": "a reason that may be there for a while",
    "accept[].rule": "its id",
    "accept[].packages": "names, `@scope/*`, `name@range` or purls",
    "accept[].reason": "why",
    "accept[].until": "the last day",
    "accept[].by": "who says so",
    "accept[].from": "the identity, or value, that it changes from",
    "accept[].to": "the one that it changes to: another change is another matter",
    "accept-cap": "how far ahead an acceptance may end: 90 days, at most 365",
    "quarantine[]": "one exact tarball",
    "quarantine[].integrity": "its digest, as lockfiles have it",
    "quarantine[].refuse": "`true`: it is never admitted",
    "quarantine[].vouch": "`true`: it is what it should be, whatever its signatures say",
    "quarantine[].reason": "why",
    "quarantine[].until": "the last day of vouching",
    "quarantine[].by": "who says so",
    "vendor[]": "what is asked of a supplier's packages",
    "vendor[].name": "the supplier",
    "vendor[].packages": "names, `@scope/*`, `name@range` or purls",
    "vendor[].minimum": "the least grade: `L1` to `L7`",
    "vendor[].enforce-from": "the day from which it blocks; it warns before",
    "vendor[].contact": "whom to write to",
    "advisories": "known flaws; malware always blocks",
    "advisories.block": "from this severity on they block: `low`, `moderate`, `high`, `critical`,"
    " or `none`",
    "advisories.allow[]": "an advisory to live with for a while",
    "advisories.allow[].id": "its id, or one of its others",
    "advisories.allow[].packages": "of these packages alone",
    "advisories.allow[].reason": "why",
    "advisories.allow[].until": "the last day",
    "advisories.allow[].by": "who says so",
    "licenses": "licences, by their SPDX ids",
    "licenses.allow": "these and no other",
    "licenses.deny": "any but these",
    "licenses.unknown": "what one comes to that nobody can tell: `allow`, `warn` or `block`",
}


def below(path: str) -> tuple[str, ...]:
    """Return the keys of the table `path` (empty: the file's own), without what is deeper."""
    start = f"{path}." if path else ""
    names = []
    for key in KEYS:
        rest = key.removeprefix(start)
        if key.startswith(start) and rest and "." not in rest:
            names.append(rest.removesuffix("[]"))
    return tuple(dict.fromkeys(names))
