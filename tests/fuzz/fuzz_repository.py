"""Fuzz entry: a repository's files. The first line says which file the rest is."""

from imprint.workflows.reading import read_repository
from imprint.workflows.yaml.composing import compose

PATHS = {
    b"workflow": ".github/workflows/a.yml",
    b"action": "action.yml",
    b"gitlab": ".gitlab-ci.yml",
    b"circleci": ".circleci/config.yml",
    b"package": "package.json",
}


def one_input(data: bytes) -> None:
    """Any bytes make a repository; what is placed lies in its file."""
    kind, _, content = data.partition(b"\n")
    path = PATHS.get(kind, PATHS[b"workflow"])
    found = read_repository({path: content})
    text = found.texts.get(path, "")
    for note in found.unreadable:
        assert 1 <= note.line <= len(text.splitlines()) + 2
    for workflow in found.workflows:
        for job in workflow.jobs:
            assert (
                text[job.id_span.start : job.id_span.end].strip("'\"\\")[:1] in job.id
                or "\\" in (text[job.id_span.start : job.id_span.end])
            )
    for document in compose(text, path=path).documents:
        assert 0 <= document.span.start <= document.span.end <= len(text)
