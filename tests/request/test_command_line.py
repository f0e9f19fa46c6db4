"""What each command line comes to: every option of the program, and what is said of those that cannot be."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from sockscope import arguments
from sockscope.request import Connect, Listen, Request, Resolve
from sockscope.request.program_settings import HISTORY, HISTORY_EACH, MOUSE, TIMEOUT
from sockscope.request.setting import For, Group
from sockscope.request.settings import SETTINGS

LINES: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("command_lines.json").read_text())
"""Command lines, and what they ask for: of a request, what is not as usual."""

USUAL: dict[str, Any] = {"family": "any", "backlog": 4096, "accepting": True, "connected": True, "answer": "none"}
USUAL |= {"kind": "tcp", "verify": True, "client_certificate": "no", "least": {"version": "1.2", "level": ""}}
ENGINE = [10.0, 256 * 1024**2, 64 * 1024**2]
VALUES = {"--answer": "echo", "--relay": "udp://h:1"}
"""What to write behind options for which 1 is no value."""


def lean(fields: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is as usual."""
    return {name: value for name, value in fields.items() if (value != USUAL[name] if name in USUAL else value)}


def told(request: Request, reply: str) -> dict[str, Any]:
    if isinstance(request, Resolve):
        asked = request.question
        types = [] if request.types == ("A", "AAAA") else list(request.types)
        fields = {"lookup": asked.name, "family": asked.family, "direct": request.direct, "types": types}
        return lean(fields | {"servers": list(request.servers)})
    fields = {"kind": request.target.kind, "family": request.family, "options": list(request.options)}
    fields |= {"read_bytes": request.read_bytes}
    if isinstance(request, Connect):
        fields |= {"connect": str(request.target), "source": str(request.source) if request.source else ""}
        fields |= {"connected": request.connected, "interface": request.interface}
        fields |= {"look_before": request.look_before}
    else:
        fields |= {"listen": str(request.target), "backlog": request.backlog, "groups": list(request.groups)}
        fields |= {"keep_half_open": request.keep_half_open, "accepting": request.accepting}
        fields |= {"one_at_a_time": request.one_at_a_time, "idle_s": request.idle_s}
        fields |= {"relay": str(request.relay.target) if request.relay else "", "answer": request.answers.kind}
        fields |= {"reply": reply, "file": str(request.answers.file or "")}
    return lean(fields) | ({"tls": lean(asdict(request.tls))} if request.tls else {})


def result(line: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    parser = arguments.parser()
    try:
        options = parser.parse_args(line.split())
        try:
            asked = arguments.asked(options)
        except ValueError as error:
            parser.error(str(error))
    except SystemExit as ended:
        assert ended.code == 2
        said = capsys.readouterr().err
        return {"said": said.removeprefix("sockscope: ").removesuffix(" (see sockscope --help)\n")}
    program = asked.settled(For.PROGRAM)
    engine = [TIMEOUT.read(program), HISTORY.read(program), HISTORY_EACH.read(program)]
    found: dict[str, Any] = {} if engine == ENGINE else {"engine": engine}
    if not MOUSE.read(program):
        found["mouse"] = False
    if asked.demo:
        return found | {"demo": True}
    for request in asked.requests:
        texts = asked.settled(For.LISTEN)
        return found | told(request, texts.get("reply", ""))
    settings = {**asked.settled(For.CONNECT), **asked.settled(For.LISTEN)}
    return found | ({"settings": settings} if settings else {})


@pytest.mark.parametrize("line", LINES)
def test_a_command_line_asks_for_what_it_always_did(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(json.dumps(result(line, capsys))) == LINES[line]


def test_every_flag_of_the_table_is_written_in_one_of_the_lines() -> None:
    written = {word for line in LINES for word in line.split()}
    flags = {name for setting in SETTINGS for flag in setting.flags for name in flag.names}
    assert flags <= written, flags - written


@pytest.mark.parametrize("flag", [flag for setting in SETTINGS for flag in setting.flags], ids=lambda f: f.names[0])
def test_every_flag_is_in_the_help_under_its_heading(flag: Any) -> None:
    text = arguments.parser().format_help()
    group = next(setting.group for setting in SETTINGS if flag in setting.flags)
    section = text.split(f"\n{group.value}:\n")[1].split("\n\n")[0]
    for name in flag.names:
        assert any(word.startswith(name) for word in section.replace(",", " ").split())
    assert " ".join(flag.help.split()) in " ".join(section.split())


def test_the_headings_of_the_help_are_those_of_the_table_in_order() -> None:
    text = arguments.parser().format_help()
    places = [text.index(f"\n{group.value}:\n") for group in Group]
    assert places == sorted(places)


@pytest.mark.parametrize(("what", "line"), [(For.CONNECT, ["udp://h:9"]), (For.LISTEN, ["-l", "udp://:0"])])
def test_an_option_is_refused_exactly_where_no_setting_of_that_request_has_it(what: For, line: list[str]) -> None:
    of_program = {flag for setting in SETTINGS if For.PROGRAM in setting.requests for flag in setting.flags}
    mine = {flag for setting in SETTINGS if what in setting.requests for flag in setting.flags}
    for flag in {flag for setting in SETTINGS if setting.group is not Group.TLS for flag in setting.flags} - of_program:
        value = [VALUES.get(flag.names[-1], "1")] if flag.metavar else []
        options = arguments.parser().parse_args([flag.names[0], *value, *line])
        try:
            arguments.asked(options)
            refused = ""
        except ValueError as error:
            refused = str(error)
        assert bool(refused) == (flag not in mine), (flag.names, refused)


def test_requests_are_of_the_kinds_that_were_asked_for() -> None:
    kinds = [arguments.asked(arguments.parser().parse_args(line)).requests for line in (["a"], ["a:1"], ["-l", "1"])]
    assert [type(requests[0]) for requests in kinds] == [Resolve, Connect, Listen]
