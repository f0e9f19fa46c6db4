"""The files that the resolver goes by: read as they are, missing or garbage."""

import itertools
import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.engine.engine import Engine
from sockscope.engine.resolve import read_sources as module
from sockscope.engine.resolve.read_sources import HOSTS_KEPT, read_sources
from sockscope.net.notation import NameKind
from sockscope.net.resolv_conf import ResolvConf, names_tried, read_resolv_conf
from sockscope.record.lookup.name_switch import NameService, read_switch
from sockscope.record.lookup.service import Service, find_services, port_range
from sockscope.record.lookup.sources import HostsLine
from sockscope.request.question import Question
from tests.conftest import wait_until


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("LOCALDOMAIN", "RES_OPTIONS", "HOSTALIASES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(socket, "gethostname", lambda: "machine")
    (tmp_path / "etc").mkdir()
    return tmp_path


def read(text: str, host_name: str = "machine", **environment: str) -> ResolvConf:
    return read_resolv_conf(text, environment, host_name)


# resolv.conf.


def test_of_many_servers_the_first_three_are_asked() -> None:
    config = read("nameserver 10.0.0.1\nnameserver ::1\nnameserver fe80::1%eth0\nnameserver 10.0.0.4\n")
    assert config.nameservers == ("10.0.0.1", "::1", "fe80::1%eth0", "10.0.0.4")
    assert config.asked == ("10.0.0.1", "::1", "fe80::1%eth0")
    assert config.servers_given


@pytest.mark.parametrize(
    "text",
    ["", "nameserver\n", "nameserver example.com\n", " nameserver 10.0.0.1\n", "#nameserver 10.0.0.1\n", "\0\xff"],
)
def test_without_a_server_libc_asks_this_machine(text: str) -> None:
    config = read(text)
    assert (config.nameservers, config.servers_given) == (("127.0.0.1",), False)


def test_a_remark_may_stand_right_behind_a_server() -> None:
    assert read("nameserver\t10.0.0.1#one\nnameserver 10.0.0.2;two\n").nameservers == ("10.0.0.1", "10.0.0.2")


def test_where_the_search_domains_come_from_is_known() -> None:
    assert read("search a b\ndomain c d\n").search == ("c",)
    assert read("domain c\nsearch a b\n").search_from == "search"
    assert read("", "machine.example.org").search == ("example.org",)
    assert read("", "machine.example.org").search_from == "the host name"
    assert (read("").search, read("").search_from) == ((), "")
    given = read("search a\n", LOCALDOMAIN="x y")
    assert (given.search, given.search_from) == (("x", "y"), "LOCALDOMAIN")


def test_options_have_a_meaning_with_their_number_and_unknown_ones_are_kept() -> None:
    config = read(
        "options ndots:2 rotate\noptions frobnicate single-request-reopen attempts:99\n", RES_OPTIONS="ndots:3"
    )
    assert [option.text for option in config.options] == [
        "ndots:2",
        "rotate",
        "frobnicate",
        "single-request-reopen",
        "attempts:99",
        "ndots:3",
    ]
    meanings = {option.text: option.meaning for option in config.options}
    assert "2 or more dots" in meanings["ndots:2"]
    assert "take turns" in meanings["rotate"]
    assert meanings["frobnicate"] == ""
    assert "a socket each" in meanings["single-request-reopen"]
    assert (config.ndots, config.attempts) == (3, 5), "the environment has the last word, and 5 is the most"


@pytest.mark.parametrize(("text", "ndots"), [("ndots:x", 0), ("ndots:-1", 0), ("ndots:", 0), ("ndots:99999999999", 15)])
def test_a_number_that_is_none_is_read_as_atoi_reads_it(text: str, ndots: int) -> None:
    assert read(f"options {text}\n").ndots == ndots


@pytest.mark.parametrize(
    ("servers", "options", "silence_s"),
    [(1, "", 10), (2, "", 20), (3, "", 28), (1, "timeout:1 attempts:1", 1), (4, "timeout:1 attempts:1", 3)],
)
def test_silence_lasts_as_long_as_all_rounds_take(servers: int, options: str, silence_s: int) -> None:
    text = "".join(f"nameserver 10.0.0.{number}\n" for number in range(servers))
    assert read(f"{text}options {options}\n").silence_s == silence_s


@pytest.mark.parametrize(
    ("name", "options", "tried"),
    [
        ("h", "", ("h.a", "h.b", "h")),
        ("h.i", "", ("h.i", "h.i.a", "h.i.b")),
        ("h.i", "ndots:2", ("h.i.a", "h.i.b", "h.i")),
        ("h.", "", ("h",)),
        ("h", "no-tld-query", ("h.a", "h.b")),
        ("", "", ()),
    ],
)
def test_the_names_that_are_tried_follow_from_dots_and_search_domains(
    name: str, options: str, tried: tuple[str, ...]
) -> None:
    assert names_tried(name, read(f"search a b\noptions {options}\n")) == tried


# nsswitch.conf.


def test_an_action_says_what_ends_the_search() -> None:
    files, mdns, dns = read_switch("hosts: files mdns4_minimal [NOTFOUND=return] dns [!UNAVAIL=return]\n").sources
    assert (files.name, files.actions, files.ends_on) == ("files", "", frozenset({"SUCCESS"}))
    assert (mdns.actions, mdns.ends_on) == ("[NOTFOUND=return]", frozenset({"SUCCESS", "NOTFOUND"}))
    assert dns.ends_on == {"SUCCESS", "NOTFOUND", "TRYAGAIN"}
    assert ".local" in mdns.meaning
    assert NameService("odd").meaning == "another source (libnss_odd.so.2)"


@pytest.mark.parametrize("text", ["", "passwd: files\n", "#hosts: dns\n", "HOSTS: dns\n", "hostsx: dns\n"])
def test_without_a_hosts_line_libc_has_its_own_order(text: str) -> None:
    switch = read_switch(text)
    assert ([source.name for source in switch.sources], switch.written) == (["files", "dns"], False)


def test_a_hosts_line_without_sources_asks_nobody() -> None:
    assert read_switch("hosts: [NOTFOUND=return]\n").sources == ()
    assert read_switch("hosts:\n").written


def test_a_number_sign_within_a_line_is_no_remark() -> None:
    sources = read_switch("hosts: files # dns\n").sources
    assert [source.name for source in sources] == ["files", "#", "dns"]
    assert "no remark" in sources[1].meaning


# The hosts file, and all of it together.


def test_lines_of_the_hosts_file_are_found_with_their_numbers(root: Path) -> None:
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n\n10.0.0.1 db.corp DB # db2\n10.0.0.2 x db\n10.0.0.3 db3\n")
    sources = read_sources("db", root=root)
    assert sources.hosts == (HostsLine(3, "10.0.0.1", ("db.corp", "DB")), HostsLine(4, "10.0.0.2", ("x", "db")))
    assert (sources.hosts_lines, sources.hosts_matching) == (5, 2)


def test_a_huge_hosts_file_is_bounded(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module._LIMITS_BYTES, "hosts", 100_000)
    (root / "etc/hosts").write_text("10.0.0.1 db\n" * 10_000)
    sources = read_sources("db", root=root)
    hosts = sources.files[2]
    assert (hosts.size_bytes, hosts.cut, hosts.error) == (100_000, True, "")
    assert (len(sources.hosts), sources.hosts_matching) == (HOSTS_KEPT, 100_000 // 12)


def test_missing_files_are_said_to_be_missing_and_libc_has_its_own_values(root: Path) -> None:
    sources = read_sources("db", "http", root=root)
    assert [file.error for file in sources.files] == ["ENOENT"] * 4
    assert (sources.nameservers, sources.tried, sources.hosts) == (("127.0.0.1",), ("db",), ())
    assert not sources.switch.written


def test_what_is_no_file_is_said_to_be_none_and_a_pipe_holds_nobody_up(root: Path) -> None:
    (root / "etc/hosts").mkdir()
    os.mkfifo(root / "etc/resolv.conf")
    (root / "etc/services").symlink_to("/dev/zero")
    sources = read_sources("db", root=root)
    read = {Path(file.path).name: file for file in sources.files}
    assert read["hosts"].error == "EISDIR"
    assert (read["resolv.conf"].error, read["resolv.conf"].size_bytes) == ("", 0)
    assert read["services"].cut


def test_a_pipe_with_a_silent_writer_is_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "etc/hosts")
    ends = os.open(root / "etc/hosts", os.O_RDWR)
    assert read_sources("db", root=root).hosts == ()
    os.close(ends)


@given(content=st.binary(max_size=400), name=st.text(max_size=20))
def test_any_bytes_and_any_name_are_read(content: bytes, name: str) -> None:
    text = content.decode("utf-8", "surrogateescape")
    config = read_resolv_conf(text, {}, "")
    assert config.nameservers and all(isinstance(tried, str) for tried in names_tried(name, config))
    assert all(source.name for source in read_switch(text).sources)
    assert isinstance(find_services(name, text), tuple)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("127.1", NameKind.IPV4),
        ("::1", NameKind.IPV6),
        ("fe80::1%lo", NameKind.IPV6),
        ("", NameKind.NOTHING),
        ("db", NameKind.NAME),
    ],
)
def test_for_an_address_nobody_is_asked(root: Path, name: str, kind: NameKind) -> None:
    sources = read_sources(name, root=root)
    assert sources.kind is kind
    assert bool(sources.tried) is (kind is NameKind.NAME)


def test_letters_are_looked_for_as_they_are_asked(root: Path) -> None:
    (root / "etc/hosts").write_text("10.0.0.1 xn--bcher-kva\n")
    sources = read_sources("Bücher", root=root)
    assert (sources.asked, sources.tried) == ("xn--bcher-kva", ("xn--bcher-kva",))
    assert [line.number for line in sources.hosts] == [1]


def test_what_may_answer_for_others_is_seen(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "run/nscd").mkdir(parents=True)
    (root / "run/nscd/socket").touch()
    monkeypatch.setenv("RES_OPTIONS", "ndots:4")
    sources = read_sources("db", root=root)
    assert sources.between == ("nscd",)
    assert sources.environment == (("RES_OPTIONS", "ndots:4"),)
    assert sources.config.ndots == 4
    assert (socket.if_nametoindex("lo"), "lo") in sources.interfaces


def test_the_engine_reads_the_files_of_this_system(engine: Engine) -> None:
    lookup = engine.names.resolve(Question("localhost", "www"))
    engine.names.read_sources(lookup)
    wait_until(lambda: lookup.sources)
    assert lookup.sources
    assert lookup.sources.asked == "localhost"
    assert [service.port for service in lookup.sources.services][:1] == [80]


# Services.


SERVICES = (
    "http\t80/tcp\twww www-http # web\ndomain 53/tcp\ndomain 53/udp\nhttp 80/sctp no\nodd 99999/tcp\nodd x/tcp\nodd\n"
)


def test_a_service_is_known_by_name_number_and_alias() -> None:
    known = find_services("80", SERVICES)
    assert known == find_services("www", SERVICES) == find_services("http", SERVICES)
    assert known == (Service("tcp", 80, "http", ("www", "www-http")),)
    assert [service.protocol for service in find_services("domain", SERVICES)] == ["tcp", "udp"]


@pytest.mark.parametrize("text", ["no", "WWW", "70000", "-1", "８", "²", "\0", "\ud800", "9" * 5000, "65534", ""])
def test_a_service_that_nobody_knows_is_not_found(text: str) -> None:
    assert find_services(text, SERVICES) == ()


def test_services_are_those_that_the_system_knows() -> None:
    """The calls of the C library read the same file (where nsswitch.conf does not say otherwise)."""
    text = Path("/etc/services").read_text(encoding="utf-8")
    asked = ["http", "www", "domain", "ntp", "syslog", "gopher", "nowhere", *map(str, range(1, 1024, 7))]
    for name, protocol in itertools.product(asked, ("tcp", "udp")):
        found = [service for service in find_services(name, text) if service.protocol == protocol]
        try:
            port = int(name) if name.isdigit() else socket.getservbyname(name, protocol)
            assert [(one.port, one.name) for one in found] == [(port, socket.getservbyport(port, protocol))], name
        except OSError:
            assert not found, name


@pytest.mark.parametrize(
    ("port", "words"),
    [(0, "any free"), (1, "system"), (1023, "system"), (1024, "user"), (49151, "user"), (49152, "dynamic")],
)
def test_a_port_is_in_a_range_of_a_kind(port: int, words: str) -> None:
    assert words in port_range(port)
