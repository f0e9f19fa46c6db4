"""The page of sources: who is asked, in which order and why, from canned files."""

import time
from pathlib import Path

import pytest

from sockscope.engine.resolve.read_sources import read_sources
from sockscope.record.lookup.lookup import Lookup
from sockscope.request.question import Question
from sockscope.show.layout import Lines, plain
from sockscope.show.lookup.sources_page import sources_page
from sockscope.show.lookup.subject import Subject
from sockscope.show.sanitizer import safe
from tests.engine.loopback import row
from tests.show.lookup.reading import line_with

HOSTS = "127.0.0.1 localhost\n10.0.0.7 db.corp db\n2001:db8::7 db.corp db\n"
RESOLV = "nameserver 10.0.0.1\nnameserver 10.0.0.2\nsearch corp.example lab\noptions ndots:2 rotate frob\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("LOCALDOMAIN", "RES_OPTIONS", "HOSTALIASES"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "etc").mkdir()
    return tmp_path


def lines_of(
    root: Path,
    name: str,
    *flags: str,
    family: str = "any",
    answer: tuple[str, ...] = (),
    width: int = 100,
    **files: str,
) -> Lines:
    """The page for a name, `files` being what stands in hosts, resolv and switch."""
    paths = {"hosts": "hosts", "resolv": "resolv.conf", "switch": "nsswitch.conf"}
    for key, text in ({"hosts": HOSTS, "resolv": RESOLV} | files).items():
        (root / "etc" / paths[key]).write_text(text)
    lookup = Lookup(1, Question(name, family=family, flags=frozenset(flags)))
    lookup.rows = tuple(row(host, 80) for host in answer)
    lookup.sources = read_sources(name, root=root)
    return sources_page(Subject(lookup, 0), width)


def text_of(root: Path, name: str, *flags: str, **more: object) -> str:
    return plain(lines_of(root, name, *flags, **more))  # type: ignore[arg-type]


def test_before_the_files_are_read_it_is_said_what_will_be_shown() -> None:
    (line,) = sources_page(Subject(Lookup(1, Question("db")), 0), 100)
    assert "who is asked" in line[0][0]


def test_a_name_in_the_hosts_file_ends_the_search_there(root: Path) -> None:
    text = text_of(root, "DB")
    assert "The hosts file has the name, and nobody else is asked." in text
    assert line_with(text, "1 files") == "1 files ✓ line 2, 3: 10.0.0.7 · ends here the hosts file"
    assert "– not asked" in line_with(text, "2 dns")
    assert line_with(text, "2 10.0.0.7") == "2 10.0.0.7 db.corp db"


def test_a_name_that_is_not_there_goes_to_dns_with_each_search_domain(root: Path) -> None:
    text = text_of(root, "web")
    assert line_with(text, "1 files").startswith("1 files ✗ not in its 3 lines the hosts file")
    assert line_with(text, "2 dns").startswith("2 dns ? may know it: 3 names at 10.0.0.1")
    assert line_with(text, "1 web") == "1 web.corp.example search domain corp.example"
    assert line_with(text, "2 web") == "2 web.lab search domain lab"
    assert line_with(text, "3 web") == "3 web as it is, at last: 0 dots, ndots is 2"
    assert "as it is, first: 2 dots" in text_of(root, "a.b.c")
    assert "no search domain is added" in text_of(root, "web.")
    assert "there are no search domains" in text_of(root, "web", resolv="nameserver 10.0.0.1\n")


def test_a_line_of_the_other_family_is_not_taken(root: Path) -> None:
    hosts = "10.0.0.7 db\n"
    text = text_of(root, "db", family="IPv6", hosts=hosts)
    assert "only of the other family" in line_with(text, "1 files")
    assert "not asked" not in text
    assert "not of the family asked for" in line_with(text, "1 10.0.0.7")
    assert "ends here" in text_of(root, "db", "V4MAPPED", family="IPv6", hosts=hosts)
    assert "ends here" in text_of(root, "db", family="IPv4", hosts=hosts)


@pytest.mark.parametrize(
    ("name", "flags", "words"),
    [
        ("127.1", (), "127.1 is an IPv4 address: nobody is asked"),
        ("fe80::1%lo", (), "is an IPv6 address: nobody is asked"),
        ("", (), "No name was given"),
        ("db", ("NUMERICHOST",), "With NUMERICHOST nobody is asked"),
    ],
)
def test_where_nobody_is_asked_that_is_all(root: Path, name: str, flags: tuple[str, ...], words: str) -> None:
    text = text_of(root, name, *flags)
    assert words in text
    assert "resolv.conf" not in text


@pytest.mark.parametrize(
    ("switch", "name", "asked"),
    [
        ("files dns", "web", True),
        ("files dns", "db", False),
        ("dns files", "db", True),
        ("files [SUCCESS=continue] dns", "db", True),
        ("files [NOTFOUND=return] dns", "web", False),
    ],
)
def test_what_is_not_asked_only_would_be(root: Path, switch: str, name: str, asked: bool) -> None:
    text = text_of(root, name, switch=f"hosts: {switch}\n")
    assert f"Names that {'are' if asked else 'would be'} tried in DNS, until one has an answer" in text
    assert line_with(text, "# server") == f"# server {'asked' if asked else 'would be asked'}"
    assert f"a name {'takes' if asked else 'would take'} " in text


def test_without_dns_among_the_sources_its_servers_only_would_be_asked(root: Path) -> None:
    text = text_of(root, "web", switch="hosts: files\n")
    assert "would be asked" in text
    assert "tried in DNS" not in text


@pytest.mark.parametrize(
    ("switch", "name", "dns"),
    [
        ("files mdns4_minimal [NOTFOUND=return] dns", "web", "? may know it: 3 names"),
        ("files mdns4_minimal [NOTFOUND=return] dns", "printer.local", "? may know it: 3 names"),
        ("files [NOTFOUND=return] dns", "web", "– not asked"),
        ("files [SUCCESS=continue] dns", "db", "? may know it: 3 names"),
        ("resolve [!UNAVAIL=return] files dns", "web", "? may know it: 3 names"),
    ],
)
def test_what_ends_the_search_follows_from_the_actions(root: Path, switch: str, name: str, dns: str) -> None:
    text = text_of(root, name, switch=f"hosts: {switch}\n")
    (line,) = [line for line in text.split("\n") if line.split()[1:2] == ["dns"]]
    assert dns in line


def test_a_hosts_file_that_ends_the_search_without_the_name_is_told(root: Path) -> None:
    text = text_of(root, "web", switch="hosts: files [NOTFOUND=return] dns\n")
    assert "ends the search all the same" in text
    assert "In brackets" in text
    assert "In brackets" not in text_of(root, "web", switch="hosts: files dns\n")


def test_known_sources_are_explained_and_unknown_ones_named(root: Path) -> None:
    text = text_of(root, "web", switch="hosts: resolve myhostname mdns4_minimal odd [NOTFOUND=return]\n")
    for words in ("systemd-resolved", "_gateway", "multicast DNS", "libnss_odd.so.2", "[NOTFOUND=return]"):
        assert words in text
    assert "not in .local" in line_with(text, "3 mdns4_minimal")
    assert "nobody can be asked" in text_of(root, "web", switch="hosts:\n")


def test_that_it_is_not_known_who_answered_is_said_once(root: Path) -> None:
    text = " ".join(text_of(root, "db", width=60).split())
    assert text.count("getaddrinfo does not tell who answered") == 1


def test_servers_that_are_never_asked_are_marked(root: Path) -> None:
    resolv = "".join(f"nameserver 10.0.0.{number}\n" for number in range(1, 5))
    text = text_of(root, "web", resolv=resolv)
    assert "first" in line_with(text, "1 10.0.0.1")
    assert "after 5 seconds" in line_with(text, "2 10.0.0.2")
    assert "✗ never: only the first 3 are" in line_with(text, "4 10.0.0.4")
    assert "a name takes 28 seconds" in text
    assert "libc takes this one" in text_of(root, "web", resolv="")
    assert "systemd-resolved" in text_of(root, "web", resolv="nameserver 127.0.0.53\n")
    assert "in turn with the others" in text_of(root, "web")


def test_options_are_explained_and_what_is_not_set_has_its_usual_value(root: Path) -> None:
    text = text_of(root, "web")
    assert line_with(text, "ndots:2").startswith("ndots:2 a name with 2 or more dots")
    assert "it does nothing" in line_with(text, "frob")
    assert line_with(text, "as usual") == "as usual timeout 5, attempts 2"
    assert line_with(text, "search domains").endswith("corp.example lab (from search)")


def test_the_environment_and_what_may_answer_are_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "run/nscd").mkdir(parents=True)
    (root / "run/nscd/socket").touch()
    monkeypatch.setenv("LOCALDOMAIN", "else.where")
    text = text_of(root, "web")
    assert line_with(text, "LOCALDOMAIN") == "LOCALDOMAIN else.where (environment)"
    assert "may answer from its cache" in line_with(text, "nscd")


def test_files_that_could_not_be_read_are_named(root: Path) -> None:
    (root / "etc/services").mkdir()
    text = text_of(root, "web", width=200)
    assert "✗ EISDIR" in line_with(text, f"{root}/etc/services")
    assert "there is none" in line_with(text, f"{root}/etc/nsswitch.conf")


def test_an_answer_that_is_not_of_the_hosts_file_is_marked(root: Path) -> None:
    hosts = "10.0.0.7 db\n"
    assert "≠" in text_of(root, "db", hosts=hosts, answer=("10.9.9.9",))
    assert "≠" not in text_of(root, "db", hosts=hosts, answer=("10.0.0.7", "10.9.9.9"))
    assert "≠" not in text_of(root, "db", hosts=hosts)
    assert "≠" not in text_of(root, "web", hosts=hosts, answer=("10.9.9.9",))


def test_many_lines_of_the_hosts_file_are_counted(root: Path) -> None:
    text = text_of(root, "db", hosts="10.0.0.7 db\n" * 100)
    assert "… and 88 lines more" in text


@pytest.mark.parametrize("width", [40, 76, 200])
def test_hostile_files_are_harmless_and_fit(root: Path, width: int) -> None:
    evil = "\x1b[2J[@click=app.quit]\u202e\x9b" * 3
    lines = lines_of(
        root,
        "db",
        width=width,
        hosts=f"10.0.0.7 db {evil}\n" * 20,
        resolv=f"nameserver ::1%{evil}\nsearch {evil} {evil}\noptions {evil}\nsortlist {evil}\n",
        switch=f"hosts: {evil} files [{evil}] dns\n",
    )
    text = plain(lines)
    assert "[@click=app.quit]" in text
    assert all(safe(line) == line for line in text.split("\n"))


def test_a_page_is_quick(root: Path) -> None:
    lines_of(root, "web")
    lookup = Lookup(1, Question("web"))
    lookup.sources = read_sources("web", root=root)
    took = []
    for _ in range(20):
        began = time.perf_counter()
        sources_page(Subject(lookup, 0), 100)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.002
