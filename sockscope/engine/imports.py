"""What the engine imports when it is first needed, because it takes long and most runs need little of it.

The rule: an import opens files, and fails where no descriptor is left. Whoever runs the engine has this done
beforehand, when nobody waits, so that everything is there by then; what is not fails with what asked for it, and alone.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module

LATER = (
    "sockscope.request.dns_question",
    "sockscope.engine.dns.inquirer",
    "sockscope.engine.resolve.read_sources",
    "sockscope.engine.resolve.weigh",
    "sockscope.engine.sequence_runner",
    "encodings.idna",
    "encodings.punycode",
    "sockscope.engine.dns.message",
    "dns.rdatatype",
    "cryptography.exceptions",
    "cryptography.x509",
    "cryptography.x509.oid",
    "cryptography.hazmat.backends.openssl.backend",
    "cryptography.hazmat.primitives.hashes",
    "cryptography.hazmat.primitives.serialization",
    "cryptography.hazmat.primitives.asymmetric.dsa",
    "cryptography.hazmat.primitives.asymmetric.ec",
    "cryptography.hazmat.primitives.asymmetric.rsa",
)


def steps() -> list[Callable[[], object]]:
    """Return what is to be done beforehand, in small steps that any thread may do."""
    return [*(partial(import_module, name) for name in LATER), _load_record_types, _load_libidn2]


def _load_libidn2() -> None:
    from sockscope.net.idna import idna_2008

    idna_2008("a")


def _load_record_types() -> None:
    import dns.rdata

    dns.rdata.load_all_types()  # type: ignore[no-untyped-call]
