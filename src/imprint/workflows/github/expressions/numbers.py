"""Numbers of expressions: decimal, hexadecimal, octal, exponents, and as texts."""

from __future__ import annotations

import math
import re

_NUMBER = re.compile(
    r"[-+]?(?:(?P<hex>0x[0-9a-fA-F]{1,16})|(?P<octal>0o[0-7]{1,22})"
    r"|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|Infinity)",
    re.ASCII,
)


def parse_number(text: str) -> float:
    """Return the number a text stands for: 0 for nothing, NaN for what is no number."""
    text = text.strip()
    if not text:
        return 0.0
    match = _NUMBER.fullmatch(text)
    if match is None:
        return math.nan
    if match["hex"]:
        return float(int(text, 16))
    if match["octal"]:
        return float(int(text, 8))
    return float(text)


def number_text(number: float) -> str:
    """Return a number as GitHub prints it: at most 15 digits, no point where it is whole."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "0"
    text = f"{number:.15g}"
    mantissa, exponent, power = text.partition("e")
    return f"{mantissa}E{power[0]}{power[1:].lstrip('0').zfill(2)}" if exponent else text
