"""Scripts of GitLab CI and CircleCI: several texts that are one shell's, parameters put in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.publishing.members import normal_folder
from imprint.workflows.yaml.places import span_within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imprint.workflows.repository import Repository
    from imprint.workflows.shell.model import Command
    from imprint.workflows.sources import Span, Text

_PARAMETER = re.compile(r"<<\s*parameters\.([\w.-]+)\s*>>")
_OTHER = re.compile(r"<<\s*([a-z_]+\.[\w.-]+)\s*>>")
_HOMES = ("~/project", "~/repo", "$CI_PROJECT_DIR", "${CI_PROJECT_DIR}")


class PipelineScript(msgspec.Struct, frozen=True, kw_only=True):
    """One shell's script."""

    value: str
    texts: tuple[Text, ...]
    """What it was put together of, a line break between them."""
    is_exact: bool
    """False: parameters were put in, and offsets are not those of the texts."""
    folder: str | None = ""
    shell: str | None = None
    environment: Mapping[str, Text] = msgspec.field(default_factory=dict)

    @classmethod
    def of_lines(cls, texts: Sequence[Text]) -> PipelineScript:
        """Return GitLab's list of commands as one script: one shell runs them all."""
        value = "\n".join(text.value for text in texts)
        return cls(value=value, texts=tuple(texts), is_exact=True)

    @classmethod
    def of_parameters(
        cls,
        text: Text,
        parameters: Mapping[str, Text],
        *,
        folder: Text | None,
        shell: Text | None,
        environment: Mapping[str, Text],
    ) -> PipelineScript:
        """Return a CircleCI script with `<< parameters.x >>` put in, as far as they are known."""

        def given(found: re.Match[str]) -> str:
            value = parameters.get(found[1])
            return f"${{{{ {found[1]} }}}}" if value is None else value.value

        value = _OTHER.sub(r"${{ \1 }}", _PARAMETER.sub(given, text.value))
        return cls(
            value=value,
            texts=(text,),
            is_exact=value == text.value,
            folder="" if folder is None else _folder(folder.value),
            shell=None if shell is None else shell.value,
            environment=environment,
        )

    def span(self, repository: Repository, command: Command) -> Span:
        """Return where a command of the script stands in its file."""
        start = command.start
        for text in self.texts:
            length = len(text.value)
            if start <= length:
                break
            start -= length + 1
        else:
            return self.texts[-1].span
        if not self.is_exact:
            return text.span
        end = min(start + command.end - command.start, len(text.value))
        return span_within(text, start, end, source=repository.texts.get(text.span.path, ""))


def _folder(text: str) -> str | None:
    for home in _HOMES:
        text = text.removeprefix(home)
    return normal_folder(text.lstrip("/")) if not text.startswith("~") else ""
