"""Fuzz entry: packuments that are projected, and the rows that are kept of them."""

from imprint.history.projection import PackumentHistory, encode, project
from imprint.refusals import Malformed


def one_input(data: bytes) -> None:
    """Any bytes are a packument whose rows come back, or Malformed; and kept rows, or Malformed."""
    try:
        projection = project(data, "@acme/widget")
    except Malformed as err:
        assert err.code == "malformed-packument"  # noqa: PT017 - no test, an entry
    else:
        history = PackumentHistory(encode(projection))
        assert history.publications(list(history.moments)) == projection.publications
    try:
        kept = PackumentHistory(data)
        kept.publications(list(kept.moments))
    except Malformed as err:
        assert err.code == "malformed-projection"  # noqa: PT017 - no test, an entry
