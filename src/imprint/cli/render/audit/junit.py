"""JUnit's XML: each package is a test case, as test reports of any CI show them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET  # only written, never read

from imprint.audit.model import POLICY_CHANGED
from imprint.cli.render.audit.sentences import coverage_line, rule_change_lines
from imprint.cli.render.audit.standings import reasons_of
from imprint.cli.render.plain import printable
from imprint.policy.decisions import Admitted, Refused, Undecided
from imprint.policy.model import Mode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imprint.audit.model import Audit, AuditedPackage


def render_junit(audit: Audit) -> str:
    """Return one suite: refused packages fail where policy is enforced, undecided ones err."""
    return written([suite_of(audit)])


def written(suites: Sequence[ET.Element]) -> str:
    """Return the document."""
    root = ET.Element("testsuites")
    root.extend(suites)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def suite_of(audit: Audit) -> ET.Element:
    """Return the suite of one lockfile."""
    suite = ET.Element("testsuite", name=f"imprint {printable(audit.lockfile)}")
    for package in audit.packages:
        _case(suite, package, is_enforced=audit.mode is Mode.ENFORCE)
    for change, line in zip(audit.rule_changes, rule_change_lines(audit), strict=True):
        # A report of tests has no warnings: the case passes, and says it.
        classname, name = f"imprint.{POLICY_CHANGED}", printable(change.path)
        case = ET.SubElement(suite, "testcase", classname=classname, name=name)
        ET.SubElement(case, "system-out").text = printable(line)
    suite.set("tests", str(len(audit.packages) + len(audit.rule_changes)))
    for tag, counted in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(counted, str(len(suite.findall(f"./testcase/{tag}"))))
    suite.set("time", f"{audit.coverage.seconds:.3f}")
    ET.SubElement(suite, "system-out").text = printable(coverage_line(audit))
    return suite


def _case(suite: ET.Element, package: AuditedPackage, *, is_enforced: bool) -> None:
    name = printable(f"{package.name}@{package.version}")
    case = ET.SubElement(suite, "testcase", classname="imprint", name=name)
    lines = [printable(f"{one.code}: {one.message}") for one in reasons_of(package)]
    match package.decision:
        case Refused(reasons=reasons) if is_enforced:
            first = printable(reasons[0].message) if reasons else "refused"
            ET.SubElement(case, "failure", message=first).text = "\n".join(lines)
        case Undecided(reasons=reasons):
            first = printable(reasons[0].message) if reasons else "undecided"
            ET.SubElement(case, "error", message=first).text = "\n".join(lines)
        case Admitted() | Refused():
            if lines:
                ET.SubElement(case, "system-out").text = "\n".join(lines)
