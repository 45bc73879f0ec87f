"""Links lead somewhere, commands exist, and nothing names a package registry's host."""

import re
from pathlib import Path

import pytest

from tests.docs.commands import fault_of, unknown_word
from tests.docs.literals import SOURCE
from tests.docs.markdown import ROOT, anchors, consoles, links, pages, spans

LONGEST_README = 90
# What readers have at hand, beside imprint.
KNOWN_PROGRAMS = frozenset(
    {"cat", "chmod", "cp", "curl", "export", "gh", "git", "make", "npm", "pg_dump", "pip"}
    | {"pnpm", "printf", "python", "sqlite3", "systemctl", "tar"}
)
# What consoles read, and readers have.
FILES = (
    *("claims.json", "client_trust_config.json", "hsm.pem", "keys.json", "root.json"),
    *("trust_config.json", "trusted_root.json"),
)
REGISTRY_HOSTS = re.compile(r"npmjs\.(org|com)|pypi\.org|debian\.org|jsr\.io", re.IGNORECASE)

TEXTS = [(p, str(p.relative_to(ROOT)), p.read_text(encoding="utf-8")) for p in pages()]
CONSOLES = [console for path, _, _ in TEXTS for console in consoles(path)]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
PARTS = ["Context", "Options", "Decision", "Consequences", "What would change our mind"]


def test_links_lead_somewhere():
    broken = {
        name: wrong
        for path, name, text in TEXTS
        if (wrong := [link for link in links(text) if not leads_somewhere(path, link)])
    }

    assert broken == {}


def test_no_page_names_the_host_of_a_package_registry():
    named = {name for _, name, text in TEXTS if REGISTRY_HOSTS.search(text)}

    assert named == set()


def test_commands_between_backticks_exist():
    unknown = {
        (name, span): word
        for _, name, text in TEXTS
        for span in spans(text)
        if span.startswith("imprint ") and (word := unknown_word(span))
    }

    assert unknown == {}


def test_commands_that_the_source_tells_people_exist():
    told = {
        command
        for path in SOURCE.rglob("*.py")
        for command in re.findall(r"`(imprint [a-z][^`\"{}]*)`", path.read_text(encoding="utf-8"))
    }

    unknown = {command: unknown_word(command) for command in told if unknown_word(command)}

    assert unknown == {}


def test_commands_in_consoles_can_be_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in FILES:
        Path(name).touch()
    faults = {}
    for console in CONSOLES:
        for step in console.steps:
            for command in commands_of(step.command):
                if fault := fault_of_command(command):
                    faults[f"{console.page.name}: {command}"] = fault

    assert faults == {}


def test_the_targets_of_make_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        step.command.split()[1]
        for console in CONSOLES
        for step in console.steps
        if step.command.startswith("make ") and "=" not in step.command.split()[1]
    }

    assert {"demo", "test"} <= named <= targets


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < LONGEST_README


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_parts(path):
    text = path.read_text(encoding="utf-8")
    is_template = path.name.startswith("0000")

    number = "NNNN" if is_template else path.name[:4]
    status = r"^Status: (proposed|accepted|superseded by \d{4})" + ("" if is_template else "$")
    assert text.startswith(f"# {number}: ")
    assert re.search(status, text, re.MULTILINE)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS


def leads_somewhere(path, link):
    target, _, anchor = link.partition("#")
    if re.match(r"https?:", target):
        return True
    found = (path.parent / target).resolve() if target else path
    if not found.exists():
        return False
    return not anchor or anchor in anchors(found.read_text(encoding="utf-8"))


def commands_of(line):
    """Return the commands of a console's line: what pipes join, without variables and comments."""
    for part in re.split(r"\s\|\s|\s&&\s|;", line.partition(" #")[0]):
        words = part.split()
        while words and re.match(r"[A-Z_]+=", words[0]):
            words = words[1:]
        command = re.sub(r"^([A-Z_]+=\S+\s+)*", "", part.strip())
        if words:
            yield command.split(" > ")[0].split(" < ")[0].strip()


def fault_of_command(command):
    program = Path(command.split()[0]).name
    if program == "imprint":
        return fault_of(command)
    return None if program in KNOWN_PROGRAMS else f"`{program}` is not known here"
