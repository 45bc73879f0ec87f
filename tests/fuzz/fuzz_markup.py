"""Fuzz entry: others' texts in Markdown."""

from imprint.cli.render.markup import code_of, text_of


def one_input(data: bytes) -> None:
    """Any text is one printable line, whose code is closed."""
    text = data.decode("utf-8", "surrogateescape")
    for shown in (text_of(text), code_of(text)):
        assert shown.isprintable()
        assert "``" not in shown
    assert code_of(text).count("`") == 2
