"""Fuzz entry: advisories of OSV, archives of them, and registries' bulk answers."""

import io

from imprint.npm.advisories.archive import Counts, flaws_in
from imprint.npm.advisories.bulk import read_answer
from imprint.npm.advisories.osv import read_record
from imprint.npm.ranges import VersionRange
from imprint.refusals import Malformed

WANTED = {"widget": ["1.0.0", "1.0.0-beta", "none"]}


def one_input(data: bytes) -> None:
    """Any bytes are a record, an archive or an answer, or Malformed."""
    try:
        for _, flaw in read_record(data):
            assert flaw.affects("1.0.0") in {True, False}
            if flaw.spans and not flaw.versions and flaw.advisory(source="osv").affected:
                VersionRange.parse(flaw.advisory(source="osv").affected or "")
    except Malformed as err:
        said = (err.code, err.message.isprintable())
        assert said == ("malformed-advisory", True)
    try:
        list(flaws_in(io.BytesIO(data), Counts()))
    except Malformed as err:
        assert err.code == "malformed-advisory-archive"  # noqa: PT017 - no test, an entry
    try:
        answered = read_answer(data, wanted=WANTED)
        assert len(answered.advisories) + len(answered.unclear) == len(WANTED["widget"])
    except Malformed as err:
        assert err.code == "malformed-advisories"  # noqa: PT017 - no test, an entry
