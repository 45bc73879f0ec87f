"""A committed archive that is another than the lockfile says: refused, and never accepted."""

from __future__ import annotations

import hashlib

LOCKFILE = """\
__metadata:
  version: 8
  cacheKey: 10c0

"@acme/widget@npm:1.0.0":
  version: 1.0.0
  resolution: "@acme/widget@npm:1.0.0"
  checksum: 10c0/{digest}
  languageName: node
  linkType: hard

"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."
  dependencies:
    "@acme/widget": "npm:1.0.0"
  languageName: unknown
  linkType: soft
"""


def test_an_archive_that_was_changed_is_refused(audit, project):
    digest = hashlib.sha512(b"made of the tarball").hexdigest()
    project.publish()
    project.write()
    (project.folder / "yarn.lock").write_text(LOCKFILE.format(digest=digest))
    archive = project.folder / f".yarn/cache/@acme-widget-npm-1.0.0-0123456789-{digest[:10]}.zip"
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"made of the tarball")

    def run():
        return audit(str(project.folder / "yarn.lock"), "--no-reach")

    before = run()
    archive.write_bytes(b"something else")
    after = run()

    assert (before.code, before.codes()) == (0, set())
    assert (after.code, after.codes()) == (1, {"integrity-mismatch"})
    assert after.json["summary"]["invalid"] == 1
