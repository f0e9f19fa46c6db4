"""System files that are not what they should be: read without harm, and nobody waits for them."""

import os
from pathlib import Path

from sockscope.engine.resolve.read_sources import read_sources
from sockscope.engine.resolve.system_files import read_file, read_policy
from sockscope.record.lookup.policy import GLIBC, SYSTEM
from tests.engine.loopback import descriptors_open

NAMES = ("resolv.conf", "nsswitch.conf", "hosts", "services")


def test_a_file_is_read_up_to_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_bytes(b"caf\xe9 " * 100)
    text, file = read_file(path, 5)
    assert (text, file.size_bytes, file.error, file.cut) == ("caf\udce9 ", 5, "", True)
    assert not read_file(path, 500)[1].cut


def test_a_file_that_is_missing_has_an_errno(tmp_path: Path) -> None:
    text, file = read_file(tmp_path / "nothing", 5)
    assert (text, file.error) == ("", "ENOENT")


def test_folders_in_place_of_files_leave_no_descriptor_behind(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / "etc" / name).mkdir(parents=True)
    before = descriptors_open()
    for _ in range(3):
        sources = read_sources("localhost", "http", root=tmp_path)
    assert {file.error for file in sources.files} == {"EISDIR"}
    assert descriptors_open() == before


def test_pipes_in_place_of_files_hold_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for name in (*NAMES, "gai.conf"):
        os.mkfifo(tmp_path / "etc" / name)
    sources = read_sources("localhost", "http", root=tmp_path)
    assert (sources.hosts, sources.services) == ((), ())
    if SYSTEM is GLIBC:
        assert read_policy(tmp_path / "etc/gai.conf").labels == GLIBC.labels
