"""Tar archives made byte by byte: what no honest packer would write."""

import gzip

PACKAGE_JSON = b'{"name":"widget","version":"1.0.0"}'
END = bytes(1024)
USTAR = b"ustar\x0000"
GNU = b"ustar  \x00"


def entry(
    path="package/index.js",
    body=b"1",
    *,
    type_flag=b"0",
    size=None,
    link=b"",
    prefix=b"",
    magic=USTAR,
    checksum=None,
):
    """One entry, its header and its body."""
    name: bytes = path if isinstance(path, bytes) else path.encode()
    size = b"%011o" % len(body) if size is None else size
    head = name.ljust(100, b"\x00") + b"0000644\x000000000\x000000000\x00"
    head += size.ljust(12, b"\x00") + b"00000000000\x00" + b" " * 8 + type_flag
    head += link.ljust(100, b"\x00") + magic + bytes(80) + prefix.ljust(155, b"\x00") + bytes(12)
    total: bytes = b"%06o\x00 " % sum(head) if checksum is None else checksum
    return head[:148] + total + head[156:] + body + bytes(-len(body) % 512)


def pax(records: bytes, *, type_flag=b"x"):
    """An extended header for what follows it."""
    return entry("PaxHeader/x", records, type_flag=type_flag)


def record(name: str, value: str) -> bytes:
    """One record of a pax header."""
    body = f" {name}={value}\n".encode()
    length = len(body) + 1
    while len(str(length)) + len(body) != length:
        length += 1
    return str(length).encode() + body


def gzipped(*entries: bytes, end: bytes = END, package_json: bool = True) -> bytes:
    """A tarball of a package.json and these entries."""
    first = (entry("package/package.json", PACKAGE_JSON),) if package_json else ()
    return gzip.compress(b"".join((*first, *entries, end)), mtime=0)
