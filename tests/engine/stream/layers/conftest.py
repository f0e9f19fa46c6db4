"""What the tests of TLS contexts share."""

import datetime
from pathlib import Path

import pytest
import trustme

from tests.engine.stream.layers.pem_files import Files, write_pair
from tests.engine.tls_peers import NAME


@pytest.fixture(scope="session")
def authority() -> tuple[trustme.CA, trustme.CA]:
    """Ours, and a stranger."""
    return trustme.CA(), trustme.CA()


@pytest.fixture
def files(tmp_path: Path, authority: tuple[trustme.CA, trustme.CA]) -> Files:
    """Certificates and keys in a folder of their own."""
    ours, other = authority
    leaf = ours.issue_cert(NAME)
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    for name, made in (("ca", ours), ("other_ca", other)):
        made.cert_pem.write_to_path(tmp_path / name)
    leaf.private_key_pem.write_to_path(tmp_path / "key")
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "certificate")
    write_pair(tmp_path / "pair", leaf)
    write_pair(tmp_path / "expired", ours.issue_cert(NAME, not_before=past, not_after=past.replace(year=2021)))
    write_pair(tmp_path / "other_pair", other.issue_cert(NAME))
    paths = {name: str(tmp_path / name) for name in Files.__slots__ if name != "folder"}
    return Files(folder=tmp_path, **paths)
