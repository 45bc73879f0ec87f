"""The archive's 140 repositories: no path of anybody that is not real, and no exception.

Each path that is listed here was read by hand: a comment of somebody with rights starts it, and the
pull request that it then builds can change in between.
"""

import pytest

from tests.support.paths import ARCHIVE, nodes, of_repository, tree_repository, trees, who

pytestmark = pytest.mark.skipif(not ARCHIVE.is_file(), reason="../shared/data has no workflows")

# Each by what makes it real.
REAL = {
    # `/release:next` of the one maintainer checks out the pull request by number, then publishes.
    ("ianstormtaylor__slate", "ANON+WRITER_INTERACTION", "comment.yml:release_next (TOCTOU)"),
    # A maintainer's comment runs the pull request's scripts with a token that may push; whether
    # main is protected is not known.
    (
        "mongodb__node-mongodb-native",
        "ANON+WRITER_INTERACTION",
        "release_notes.yml:release_notes (TOCTOU)",
    ),
}


@pytest.mark.parametrize("profile", ["github-2026-07"])
def test_outsiders_publish_nowhere_but_where_it_is_real(profile):
    found = {
        (name, who(path), nodes(path)[0])
        for name, files in trees("repositories").items()
        for path in of_repository(
            tree_repository(files, name=name.replace("__", "/")), profile=profile
        ).paths
        if path.can_publish
    }

    assert found == REAL
