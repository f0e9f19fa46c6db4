"""What a person sees who sends: how much it is, several lines, again and again, and a sequence with its times."""

from contextlib import closing

from sockscope.net.checksum import crc16_modbus
from tests.end_to_end.peers import REPEAT, at_send_box
from tests.end_to_end.terminal import DEADLINE_S, Terminal
from tests.engine.loopback import listening, read_exactly

SMALL = (80, 24)


def test_lines_are_pasted_counted_and_sent_again_and_again() -> None:
    with (
        listening() as server,
        Terminal("127.0.0.1", str(server.getsockname()[1]), size=SMALL) as terminal,
        closing(server.accept()[0]) as peer,
    ):
        peer.settimeout(DEADLINE_S)
        at_send_box(terminal)
        terminal.press(r"\{si")
        terminal.wait_for(r"\{si at 1: a } is missing")
        terminal.press("ze} of")
        terminal.wait_for("5 bytes, with LF")
        terminal.paste("\rthe three\r\nlines")
        terminal.wait_for("22 bytes, with LF, 2 line breaks as LF", "the three", "lines")
        terminal.press("enter")
        assert read_exactly(peer, 22) == b"22 of\nthe three\nlines\n"
        terminal.press("again \\#", REPEAT)
        terminal.wait_for("Send again and again")
        terminal.press("end", "ctrl+u", "20ms", "enter")
        assert read_exactly(peer, 18) == b"again 1\nagain 2\nag"
        terminal.wait_for("sent again every 20 ms", "ctrl+r stops it")
        terminal.press(REPEAT)
        terminal.wait_gone("sent again every")


def test_a_sequence_is_written_run_and_ended_by_the_peer() -> None:
    with (
        listening() as server,
        Terminal("127.0.0.1", str(server.getsockname()[1]), size=SMALL) as terminal,
        closing(server.accept()[0]) as peer,
    ):
        peer.settimeout(DEADLINE_S)
        terminal.wait_for("connected")
        terminal.press("Q")
        terminal.wait_for("Sequence · #1", "repeat forever")
        terminal.press("send hex 01 03 #modbus", "enter", r"wait regex \x06(.) 1h", "enter", "repeat forever", REPEAT)
        for _ in range(3):
            assert read_exactly(peer, 4) == b"\x01\x03" + crc16_modbus(b"\x01\x03").to_bytes(2, "little")
            peer.sendall(b"\x06\x1b")
        terminal.wait_for("run 4 · step 2 of 2 · 0 losses", "06 1b")
        peer.close()
        terminal.wait_for("ended: ")
        terminal.press("esc")
        terminal.wait_gone("Sequence · #1")
