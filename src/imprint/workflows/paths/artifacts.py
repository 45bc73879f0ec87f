"""Ways through artifacts and outputs, of the same run or of the run that one follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.findings import Confidence
from imprint.workflows.paths.contexts import Kind
from imprint.workflows.paths.labels import Label
from imprint.workflows.paths.lattice import weakest
from imprint.workflows.paths.model import Hop
from imprint.workflows.paths.places import UNSAFE, Cut, Seed, Way
from imprint.workflows.paths.reads import artifact_reads, jobs_whose_outputs_run
from imprint.workflows.paths.runs import reviewers_of
from imprint.workflows.paths.seeds import node_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.paths.places import Place
    from imprint.workflows.paths.reads import ArtifactRead
    from imprint.workflows.paths.runs import JobRun, Surroundings


def artifact_seeds(around: Surroundings) -> Iterator[Seed]:
    """Yield strangers at the artifacts of their own pull requests' runs: the file is theirs."""
    for reader, read in _artifact_readers(around):
        for writer in _runs_read(around, reader, read):
            if writer.context.kind is Kind.FORK and _may_upload(writer, read):
                for people in weakest(admission.people for _, admission in writer.admissions):
                    hop = Hop(
                        what="builds what the pull request says",
                        node=node_of(writer.context.workflow, writer.job),
                        span=writer.job.id_span,
                    )
                    label = Label(people=people, hops=(hop,), trigger=writer.context.event)
                    yield Seed(place=_artifact_place(writer, read), label=label)


def artifact_ways(around: Surroundings) -> Iterator[Way]:
    """Yield whose artifacts a job runs or publishes."""
    for reader, read in _artifact_readers(around):
        operation = read.operation
        name = operation.name or "of any name"
        cut = Cut(
            what=f"take artifacts in {reader.hop.node} from runs of this repository alone: "
            "test `workflow_run.event` and `head_repository`",
            cost=UNSAFE,
            span=operation.span,
        )
        for writer in _runs_read(around, reader, read):
            place = _artifact_place(writer, read)
            hop = Hop(
                what=f"takes the artifact {name}",
                node=f"artifact {operation.name or '*'}",
                span=operation.span,
            )
            yield Way(
                source=place,
                target=reader.place,
                hops=(hop, reader.hop),
                people=reviewers_of(reader),
                cut=cut if operation.from_other_run else None,
                confidence=_artifact_confidence(reader, read),
            )
            if writer.context.is_privileged:
                yield Way(source=writer.place, target=place)


def output_ways(around: Surroundings) -> Iterator[Way]:
    """Yield whose outputs become a part of a script."""
    for reader in around.runs:
        wanted = jobs_whose_outputs_run(reader.effects, reader.admission)
        for writer in around.runs if wanted else ():
            if writer.context.place == reader.context.place and writer.job.id in wanted:
                hop = Hop(
                    what=f"puts an output of {writer.job.id} into a script",
                    node=f"output of {writer.job.id}",
                    span=reader.job.id_span,
                )
                yield Way(
                    source=writer.place,
                    target=reader.place,
                    hops=(hop, reader.hop),
                    people=reviewers_of(reader),
                    confidence=Confidence.MEDIUM,
                    for_supply=False,
                )


def _artifact_readers(around: Surroundings) -> Iterator[tuple[JobRun, ArtifactRead]]:
    for run in around.runs:
        if run.context.is_privileged:
            for read in artifact_reads(run.effects, run.admission, publishes=run.publishes):
                yield run, read


def _runs_read(around: Surroundings, reader: JobRun, read: ArtifactRead) -> Iterator[JobRun]:
    """Yield the jobs of the runs that an artifact may come from."""
    parent = reader.context.parent
    if not read.operation.from_other_run:
        for run in around.runs:
            if run.run == reader.run and run.job.id != reader.job.id:
                yield run
        return
    for run in around.runs:
        if parent is not None and _refers_to_parent(read):
            if run.context.place == parent.place:
                yield run
        elif _names(read, run):
            yield run


def _artifact_place(writer: JobRun, read: ArtifactRead) -> Place:
    return ("artifact", writer.run, read.operation.name)


def _artifact_confidence(reader: JobRun, read: ArtifactRead) -> Confidence:
    """Return how sure it is that an artifact's content is run or published."""
    steps = () if reader.publish_job is None else reader.publish_job.steps
    if any(step.prebuilt for step in steps):
        return Confidence.HIGH
    return Confidence.MEDIUM if read.runs_it else Confidence.LOW


def _may_upload(writer: JobRun, read: ArtifactRead) -> bool:
    """Whether a job is the one to name for an artifact: any job of the run could make it."""
    uploads = [one for one in writer.effects.artifacts if one.uploads]
    wanted = read.operation.name
    return bool(uploads) and (wanted is None or any(one.name == wanted for one in uploads))


def _refers_to_parent(read: ArtifactRead) -> bool:
    run = read.operation.run or ""
    return "workflow_run" in run or "github-script" in run or "${{" in run


def _names(read: ArtifactRead, run: JobRun) -> bool:
    """Whether an artifact is taken from the newest run of a workflow that is named by its file."""
    wanted = (read.operation.run or "").strip()
    path = run.context.entry.path
    name = run.context.entry.name
    return wanted in {path, path.rpartition("/")[2]} or (name is not None and wanted == name.value)
