"""PEM files of one authority, and of another that it does not know."""

from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True)
class Files:
    """PEM files of one authority; `pair` holds a certificate for `tls_peers.NAME` and its key."""

    folder: Path
    ca: str
    pair: str
    certificate: str
    key: str
    expired: str
    other_ca: str
    other_pair: str

    def put(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.write_bytes(content)
        return str(path)


def write_pair(path: Path, leaf: trustme.LeafCert) -> str:
    leaf.private_key_and_cert_chain_pem.write_to_path(path)
    return str(path)
