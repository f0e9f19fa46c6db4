"""DNS messages written and read, by the library dnspython, which takes a tenth of a second to import.

The rules: a reply is read record by record, so that what is wrong can be named with its place; only the first KEPT
records are taken apart, the others are counted; nothing that came makes reading fail, it becomes the reply's `error`.
"""

import struct
from dataclasses import replace
from typing import Any, NamedTuple

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.wire

from sockscope.record.lookup.inquiry import DnsReply, ResourceRecord

UDP_BYTES = 1232
"""What we offer to take by UDP: it fits any path in one piece (DNS flag day 2020)."""

KEPT = 256
"""How many records of one answer are kept."""

TEXT_CHARACTERS = 2000
"""How much of one record's text is kept."""

BITMAP_BYTES = 2048
"""How many bytes of types as bits (NSEC) are written out: eight words come from each of them."""

CHAIN = 16
"""How many CNAMEs are followed."""

_REMARKS = 8
_LONGEST_TTL_S = 0x7FFFFFFF  # what has the highest bit set counts as 0 (RFC 2181, 8)
_TYPES = frozenset(dns.rdatatype.RdataType) - {dns.rdatatype.NONE, dns.rdatatype.OPT, dns.rdatatype.TSIG}
_BITMAPS = frozenset((dns.rdatatype.NSEC, dns.rdatatype.NSEC3, dns.rdatatype.CSYNC))
_CNAME, _SOA, _NS, _OPT = dns.rdatatype.CNAME, dns.rdatatype.SOA, dns.rdatatype.NS, dns.rdatatype.OPT
_POINTER, _LONGEST_LABEL = 0xC0, 63  # RFC 1035, 4.1.4 and 2.3.4
_CUT_OFF, _MALFORMED = "CUT_OFF", "MALFORMED"


def write(name: str, type: str) -> bytes:
    """Write a query for an absolute name: RD, AD so that the reply may tell of DNSSEC (RFC 6840, 5.7), and EDNS."""
    labels = [*name.rstrip(".").encode("ascii").split(b"."), b""] if name != "." else [b""]
    flags = int(dns.flags.RD | dns.flags.AD)
    return dns.message.make_query(dns.name.Name(labels), type, use_edns=0, payload=UDP_BYTES, flags=flags).to_wire()


def read(query: bytes, message: bytes, transport: str) -> DnsReply:
    """Read a reply to a query of ours; what is wrong with it is in the reply's `error` and `detail`."""
    try:
        return _Reader(query, message, transport).read()
    except Exception as error:  # the library has many for what a peer can send
        return DnsReply(len(message), error=_MALFORMED, detail=_why(error))


class _Broken(Exception):
    """The message cannot be read on: the error's name, and where."""

    def __init__(self, error: str, where: str) -> None:
        super().__init__(where)
        self.error = error


class _Kept(NamedTuple):
    """A record of the message: as the library has it, and as text."""

    name: dns.name.Name
    type: int
    rdata: dns.rdata.Rdata
    record: ResourceRecord


class _Reader:
    """Reads one message from its beginning to its end."""

    def __init__(self, query: bytes, message: bytes, transport: str) -> None:
        self._parser = dns.wire.Parser(message)
        self._message = message
        self._transport = transport
        asked = dns.message.from_wire(query).question[0]
        self._name, self._type = asked.name, asked.rdtype
        self._answer: list[_Kept] = []
        self._authority: list[_Kept] = []
        self._count = 0
        self._rcode = 0
        self._extended = False  # whether there was an OPT record
        self._flags: tuple[str, ...] = ()
        self._bitmap_bytes = 0
        self._remarks: list[str] = []

    def read(self) -> DnsReply:
        """Return what the message says, as far as it can be read."""
        try:
            self._read_all()
        except _Broken as broken:
            return replace(self._reply(), error=broken.error, detail=str(broken))
        chain, error = self._chain()
        reply = replace(self._reply(), chain=tuple(_text(name) for name in chain), answers=self._answers(chain[-1]))
        error = error or self._said_no(reply)
        return replace(reply, error=error, detail=self._next_servers() if error == "REFERRAL" else "")

    def _reply(self) -> DnsReply:
        return DnsReply(
            size_bytes=len(self._message),
            rcode=_rcode(self._rcode),
            flags=self._flags,
            records=tuple(kept.record for kept in self._answer),
            count=self._count,
            chain=(_text(self._name),),
            soa=next((kept.record for kept in self._authority if kept.type == _SOA), None),
            remarks=tuple(self._remarks[:_REMARKS]),
        )

    def _read_all(self) -> None:
        _, flags, questions, answers, authorities, additional = self._parser.get_struct("!HHHHHH")
        self._flags = tuple(dns.flags.to_text(flags & ~dns.flags.QR).split())
        self._rcode, self._count = flags & 0xF, answers
        for _ in range(questions):
            self._skip_name("the question")
            self._fixed("!HH", "the question")
        for number in range(answers):
            self._answer += self._record(f"answer record {number + 1} of {answers}", number < KEPT)
        for number in range(authorities):
            self._authority += self._record(f"authority record {number + 1} of {authorities}", number < KEPT)
        for number in range(additional):
            self._additional(f"additional record {number + 1} of {additional}")
        self._look_at_size()

    def _look_at_size(self) -> None:
        if left_over := self._parser.remaining():
            self._remarks.append(f"{left_over:,} bytes of junk behind the message")
        if self._transport == "UDP" and len(self._message) > UDP_BYTES:
            self._remarks.append(f"{len(self._message):,} bytes, more than the {UDP_BYTES:,} that we offered to take")
        if self._count > KEPT:
            self._remarks.append(f"{self._count:,} records, of which the first {KEPT} are kept")

    def _record(self, where: str, wanted: bool) -> list[_Kept]:
        """Read a record; none where it is not wanted."""
        if not wanted:
            self._skip_name(where)
            self._parser.get_bytes(self._head(where)[-1])
            return []
        name = self._read_name(where)
        type, rdclass, ttl_s, size_bytes = self._head(where)
        ttl_s = ttl_s if ttl_s <= _LONGEST_TTL_S else 0
        word = dns.rdatatype.to_text(dns.rdatatype.RdataType(type))
        if rdclass != dns.rdataclass.IN:  # never what we asked for
            rdata = self._unknown(type, size_bytes)
            word, type = f"{dns.rdataclass.to_text(dns.rdataclass.RdataClass(rdclass))} {word}", dns.rdatatype.NONE
        elif type in _TYPES and self._affordable(type, size_bytes):
            rdata = self._rdata(f"{where} ({word})", type, rdclass, size_bytes)
        else:
            rdata = self._unknown(type, size_bytes)
        return [_Kept(name, type, rdata, ResourceRecord(_text(name), ttl_s, word, _data(rdata)))]

    def _head(self, where: str) -> tuple[int, int, int, int]:
        """Read type, class, TTL and the size of the data, of which all has to be there."""
        type, rdclass, ttl_s, size_bytes = self._fixed("!HHIH", where)
        if size_bytes > self._parser.remaining():
            raise _Broken(_CUT_OFF, f"{where} has {size_bytes:,} bytes of data, {self._parser.remaining():,} are there")
        return type, rdclass, ttl_s, size_bytes

    def _fixed(self, form: str, where: str) -> tuple[Any, ...]:
        if self._parser.remaining() < struct.calcsize(form):
            raise _Broken(_CUT_OFF, f"the message ends in {where}")
        return self._parser.get_struct(form)

    def _affordable(self, type: int, size_bytes: int) -> bool:
        """Whether the data can be written out in reasonable time."""
        self._bitmap_bytes += size_bytes if type in _BITMAPS else 0
        return type not in _BITMAPS or self._bitmap_bytes <= BITMAP_BYTES

    def _unknown(self, type: int, size_bytes: int) -> dns.rdata.Rdata:
        """Take the data as they are (RFC 3597)."""
        data = self._parser.get_bytes(size_bytes)
        return dns.rdata.GenericRdata(dns.rdataclass.IN, dns.rdatatype.RdataType(type), data)

    def _rdata(self, where: str, type: int, rdclass: int, size_bytes: int) -> dns.rdata.Rdata:
        try:
            with self._parser.restrict_to(size_bytes):
                kind = dns.rdatatype.RdataType(type)
                return dns.rdata.from_wire_parser(dns.rdataclass.RdataClass(rdclass), kind, self._parser)
        except Exception as error:  # the library has many for what a peer can send
            raise _Broken(_MALFORMED, f"{where}: {_why(error)}") from None

    def _additional(self, where: str) -> None:
        """Look for the OPT record, which has more bits of the rcode and words about errors (RFC 6891, RFC 8914)."""
        self._skip_name(where)
        type, rdclass, ttl_s, size_bytes = self._head(where)
        if type != _OPT or self._extended:
            self._parser.get_bytes(size_bytes)
            return
        options: Any = self._rdata(f"{where} (OPT)", type, rdclass, size_bytes)
        self._extended = True
        self._rcode |= ttl_s >> 24 << 4
        said = [option.to_text() for option in options.options if isinstance(option, dns.edns.EDEOption)]
        self._remarks += [text[:TEXT_CHARACTERS] for text in said[:_REMARKS]]

    def _skip_name(self, where: str) -> None:
        """Go behind a name without following its pointers."""
        while size_bytes := self._fixed("!B", where)[0]:
            if size_bytes >= _POINTER:
                self._fixed("!B", where)
                return
            if size_bytes > _LONGEST_LABEL:
                raise _Broken(_MALFORMED, f"{where}: {_REASONS['BadLabelType']}")
            self._fixed(f"!{size_bytes}x", where)

    def _read_name(self, where: str) -> dns.name.Name:
        at = self._parser.current
        self._skip_name(where)
        self._parser.seek(at)
        try:
            return dns.name.from_wire_parser(self._parser)
        except dns.exception.DNSException as error:
            raise _Broken(_MALFORMED, f"{where}: {_why(error, 'its name cannot be read')}") from None

    def _chain(self) -> tuple[list[dns.name.Name], str]:
        """Follow the CNAMEs from the name asked; the names, and an error where they lead nowhere."""
        chain = [self._name]
        if self._type in (_CNAME, dns.rdatatype.ANY):
            return chain, ""
        aliases: dict[dns.name.Name, Any] = {
            kept.name: kept.rdata for kept in reversed(self._answer) if kept.type == _CNAME
        }
        while alias := aliases.get(chain[-1]):
            target = alias.target
            looped = target in chain
            chain.append(target)
            if looped:
                return chain, "CNAME_LOOP"
            if len(chain) > CHAIN + 1:
                return chain, "CNAME_CHAIN"
        return chain, ""

    def _answers(self, end: dns.name.Name) -> tuple[ResourceRecord, ...]:
        every = self._type == dns.rdatatype.ANY
        return tuple(kept.record for kept in self._answer if kept.name == end and (every or kept.type == self._type))

    def _said_no(self, reply: DnsReply) -> str:
        """Name what the reply says instead of giving what was asked for; nothing where it gives that."""
        if self._rcode:
            return reply.rcode
        if reply.answers:
            return ""
        if len(reply.chain) > 1 and not reply.soa:
            return "CNAME_ONLY"
        refers = any(kept.type == _NS for kept in self._authority) and "AA" not in reply.flags
        return "REFERRAL" if refers and not reply.soa else "NODATA"

    def _next_servers(self) -> str:
        return ", ".join([kept.record.data for kept in self._authority if kept.type == _NS][:4])


def _rcode(number: int) -> str:
    word = dns.rcode.to_text(dns.rcode.Rcode(number))
    return f"RCODE{word}" if word.isdigit() else word


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True)


def _data(rdata: dns.rdata.Rdata) -> str:
    try:
        text = str(rdata.to_text())
    except Exception as error:  # such as text that is no UTF-8 where the type wants that
        return f"({_why(error)})"
    more = len(text) - TEXT_CHARACTERS
    return text if more <= 0 else f"{text[:TEXT_CHARACTERS]}… {more:,} characters more"


_REASONS = {
    "BadPointer": "a compression pointer does not point backwards",
    "PointerChainTooLong": "the chain of compression pointers is too long",
    "DecompressionForbidden": "a name is compressed where that is not allowed",
    "BadLabelType": "a label is of an unknown type",
    "NameTooLong": "a name is longer than 255 bytes",
}


def _why(error: Exception, otherwise: str = "the data do not fit the type") -> str:
    return _REASONS.get(type(error).__name__, otherwise)
