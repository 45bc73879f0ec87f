"""What `imprint explain` says of a cause: its row, as a page."""

from __future__ import annotations

from imprint.doctor.logs.symptoms import symptoms


def ids() -> tuple[str, ...]:
    """Return the id of every cause, sorted."""
    return tuple(sorted(symptoms()))


def page(cause_id: str) -> str | None:
    """Return the page of that cause; None where there is none."""
    symptom = symptoms().get(cause_id)
    if symptom is None:
        return None
    parts = [
        ("Why", symptom.cause),
        ("What to do", symptom.fix),
        ("What tells it apart", symptom.told_apart_by),
        ("In a log", "\n".join(f"    {line}" for line in symptom.samples[0].splitlines())),
        ("Where", "`imprint doctor --log FILE`."),
        ("More", "\n".join(f"- {link}" for link in symptom.links)),
    ]
    sections = "".join(f"\n## {heading}\n\n{text}\n" for heading, text in parts if text)
    return f"# {symptom.id}\n\n{symptom.title}.\n{sections}"
