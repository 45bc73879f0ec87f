"""Write the generated parts of docs/reference: `python -m tests.docs`."""

from tests.docs.reference import PAGES, regenerated


def main() -> None:
    """Write every page that changed."""
    for path in sorted(PAGES.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        made = regenerated(text)
        if made != text:
            path.write_text(made, encoding="utf-8")


main()
