"""A certificate for hosts that the proxy stands in for, and the root that clients must be given."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import socket

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.authority.certificates import Chain
from tests.authority.keys import curve_key


class TlsHost:
    """Speaks TLS as each of some hosts."""

    def __init__(self, seed: str, hosts: Iterable[str]) -> None:
        """Make a certificate that is good for a day."""
        chain = Chain(seed, "tls", usage=ExtendedKeyUsageOID.SERVER_AUTH)
        self.root = chain.root
        key = curve_key(seed, "tls/leaf")
        builder = chain.builder(
            key.public_key(),
            start=datetime.now(UTC) - timedelta(hours=1),
            lifetime=timedelta(days=1),
            subject=chain.named("leaf"),
        ).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False
        )
        found = (chain.sign(builder), chain.intermediate)
        text = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in found)
        text += key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            # The one way to give a context its key is by a file.
            path = Path(folder) / "host.pem"
            path.write_bytes(text)
            self._context.load_cert_chain(path)

    def wrap(self, connection: socket) -> ssl.SSLSocket:
        """Shake hands as a server."""
        return self._context.wrap_socket(connection, server_side=True)
