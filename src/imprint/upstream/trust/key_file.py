"""The file of a registry's keys: `read_keys` and `render_keys`. Not here: where it lies."""

from __future__ import annotations

import json

from imprint.upstream.trust.documents import KeysDocument, is_domain_name
from imprint.upstream.trust.members import (
    moment_of,
    parse,
    render,
    rendered_moment,
    text_of,
    wrong,
)
from imprint.upstream.trust.registry_labels import is_label


def read_keys(raw: bytes) -> KeysDocument:
    """Return what a file of keys says; raises Malformed (`trust-file`)."""
    members = parse(raw, "file of registry keys")
    label = text_of(members, "registry")
    if not is_label(label):
        raise wrong("registry", label, "a host, or `default`")
    domain = text_of(members, "domain") if "domain" in members else None
    if domain is not None and not is_domain_name(domain):
        raise wrong("domain", domain, "the name of a trust domain")
    return KeysDocument(
        label=label,
        source=text_of(members, "source"),
        updated_at=moment_of(members, "updated_at"),
        raw_keys=json.dumps({"keys": members.get("keys")}).encode(),
        domain=domain,
    )


def render_keys(document: KeysDocument) -> bytes:
    """Return the file; `read_keys` reads the same from it."""
    members: dict[str, object] = {
        "registry": document.label,
        "source": document.source,
        "updated_at": rendered_moment(document.updated_at),
    }
    if document.domain is not None:
        members["domain"] = document.domain
    members["keys"] = json.loads(document.raw_keys)["keys"]
    return render(members)
