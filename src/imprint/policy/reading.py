"""Table: one table of a policy file, taken apart key by key; every fault says where it is."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, NoReturn, TypeVar

import msgspec

from imprint.policy.keys import below
from imprint.policy.patterns import PackagePattern
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from imprint.policy.places import Path

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

MOST_ITEMS = 10_000
"""Of one list: a policy is written by people."""
_DURATION = re.compile(r"(0|[1-9][0-9]{0,5})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
MOST_SECONDS = 10 * 365 * 86_400


class Sheet(msgspec.Struct, frozen=True):
    """The file that tables are of."""

    origin: str
    lines: Mapping[Path, int]
    said: dict[str, str] = msgspec.field(default_factory=dict)
    """Filled with every key that is read: `scope.dev` to `imprint.toml:7`."""

    def where(self, path: Path) -> str:
        """Return `imprint.toml:12` for a key, or for the nearest table around it."""
        for size in range(len(path), 0, -1):
            if (line := self.lines.get(path[:size])) is not None:
                return f"{self.origin}:{line}"
        return self.origin


class Table(msgspec.Struct, frozen=True):
    """One table, and its place."""

    sheet: Sheet
    path: Path
    form: str
    """Its path among the known keys: `require[].identity`."""
    values: Mapping[str, object]

    @property
    def where(self) -> str:
        """`imprint.toml:12`."""
        return self.sheet.where(self.path)

    def refuse_unknown(self) -> Table:
        """Raise Malformed (`unknown-policy-key`) for a key that is none, the nearest named."""
        known = below(self.form)
        for key in self.values:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
                raise Malformed(
                    "unknown-policy-key",
                    f"{self.sheet.where((*self.path, key))}: there is no key"
                    f" {quoted(self._name(key))}: the nearest is `{near[0]}`",
                    hint=f"there are {', '.join(f'`{name}`' for name in known)}",
                )
            self.sheet.said.setdefault(self._name(key), self.sheet.where((*self.path, key)))
        return self

    def fault(self, key: str, what: str, hint: str | None = None) -> NoReturn:
        """Raise Malformed (`policy-value`): the key's value is not what it has to be."""
        at = self.sheet.where((*self.path, key) if key else self.path)
        name = self._name(key) if key else self._name("").rstrip(".")
        raise Malformed("policy-value", f"{at}: {quoted(name)} {what}", hint=hint)

    def text(self, key: str) -> str | None:
        """Return a text that is not empty; None: there is none."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            self.fault(key, f"is {_shown(value)}, expected a text on one line")
        return value.strip()

    def needed(self, key: str, what: str) -> str:
        """Return a text that has to be there."""
        value = self.text(key)
        if value is None:
            self.fault(key, f"is not said: {what}")
        return value

    def flag(self, key: str) -> bool:
        """Return a truth; without one, False."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.fault(key, f"is {_shown(value)}, expected `true` or `false`")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; a single text is a list of one."""
        value = self.values.get(key, ())
        if isinstance(value, str):
            value = (value,)
        if (
            not isinstance(value, list | tuple)
            or len(value) > MOST_ITEMS
            or not all(isinstance(one, str) and one.strip() and one.isprintable() for one in value)
        ):
            self.fault(key, f"is {_shown(value)}, expected a list of texts")
        return tuple(one.strip() for one in value)

    def seconds(self, key: str) -> float | None:
        """Return a duration such as `30d` or `24h`; `0` is none at all."""
        value = self.values.get(key)
        if value is None:
            return None
        if value in (0, "0") and value is not False:
            return 0.0
        found = _DURATION.fullmatch(value) if isinstance(value, str) else None
        seconds = int(found[1]) * _SECONDS[found[2]] if found else MOST_SECONDS + 1
        if found is None or seconds > MOST_SECONDS:
            self.fault(key, f"is {_shown(value)}, expected a duration such as `24h`, `30d` or `0`")
        return float(seconds)

    def day(self, key: str, *, is_end: bool = False) -> float | None:
        """Return the moment at which a day begins, UTC; with `is_end`, at which it is over."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value)
            except ValueError:
                self.fault(key, f"is {_shown(value)}, expected a day such as `2027-01-31`")
        try:
            return _moment(value, is_end=is_end)
        except (ValueError, OverflowError):
            self.fault(key, f"is {_shown(value)}, expected a day such as `2027-01-31`")

    def choice(self, key: str, choices: Mapping[str, T]) -> T | None:
        """Return what one of the words in `choices` stands for."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or value not in choices:
            words = ", ".join(f"`{word}`" for word in choices)
            self.fault(key, f"is {_shown(value)}, expected one of {words}")
        return choices[value]

    def member(self, key: str, enumeration: type[E]) -> E | None:
        """Return the member of an enumeration of texts."""
        return self.choice(key, {str(one.value): one for one in enumeration})

    def table(self, key: str) -> Table | None:
        """Return a table below this one, its keys known; None: there is none."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.fault(key, f"is {_shown(value)}, expected a table")
        return Table(self.sheet, (*self.path, key), self._form(key), value).refuse_unknown()

    def tables(self, key: str, *, form: str | None = None) -> Iterator[Table]:
        """Yield the tables of an array, their keys known; `form`: they are those of another."""
        value = self.values.get(key, ())
        if not isinstance(value, list | tuple) or len(value) > MOST_ITEMS:
            self.fault(key, f"is {_shown(value)}, expected tables, `[[{self._form(key)}]]`")
        for number, one in enumerate(value):
            if not isinstance(one, dict):
                self.fault(key, f"has {_shown(one)} in it, expected tables")
            path = (*self.path, key, number)
            form = self._form(key) + "[]" if form is None else form
            yield Table(self.sheet, path, form, one).refuse_unknown()

    def packages(self, key: str, *, is_wide: bool, is_needed: bool) -> tuple[PackagePattern, ...]:
        """Return patterns of packages."""
        texts = self.texts(key)
        if is_needed and not texts:
            self.fault(key, "is not said: it names the packages", hint='`["*"]` is every package')
        return tuple(
            self.parsed(key, text, lambda one: PackagePattern.parse(one, is_wide=is_wide))
            for text in texts
        )

    def parsed(self, key: str, text: str, parse: Callable[[str], T]) -> T:
        """Return what `parse` makes of a text; its Malformed says where."""
        try:
            return parse(text)
        except Malformed as err:
            at = self.sheet.where((*self.path, key))
            raise Malformed(err.code, f"{at}: {err.message}", hint=err.hint) from err

    def _form(self, key: str) -> str:
        return f"{self.form}.{key}" if self.form else key

    def _name(self, key: str) -> str:
        parts = [str(part) for part in self.path if not isinstance(part, int)]
        return ".".join([*parts, key])


def _moment(value: object, *, is_end: bool) -> float:
    """Return Unix seconds for what TOML has of days and times; raises ValueError for others."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, date):
        start = datetime(value.year, value.month, value.day, tzinfo=UTC)
        return (start + timedelta(days=1)).timestamp() if is_end else start.timestamp()
    raise ValueError


def _shown(value: object) -> str:
    return quoted(value if isinstance(value, str) else str(value)[:200])
