"""Fuzz entry: licences as packages write them."""

from imprint.policy.licenses import LicenseAllowed, LicenseDenied, LicenseUnknown, judge_license


def one_input(data: bytes) -> None:
    """Any text is allowed, denied or unknown, and said in one printable line."""
    text = data.decode("utf-8", "replace")
    found = judge_license(text, allow=("MIT", "BSD-*"), deny=("GPL-*",))
    assert isinstance(found, LicenseAllowed | LicenseDenied | LicenseUnknown)
    if not isinstance(found, LicenseAllowed):
        assert found.message.isascii()
        assert found.message.isprintable()
