"""Every module can be imported on any POSIX system: names that only Linux has are not needed for that."""

import pkgutil
import subprocess
import sys

import sockscope

# What macOS has not: names of socket, select and os in Python's documentation that say "Availability: Linux".
WITHOUT_LINUX = """
import asyncio, importlib, os, select, signal, socket, sys, tempfile, textual.app  # before: theirs is not our business

prefixes = {
    socket: ("AF_NETLINK", "NETLINK_", "AF_PACKET", "PACKET_", "AF_VSOCK", "VM", "AF_ALG", "ALG_", "AF_TIPC", "TIPC_",
             "AF_QIPCRTR", "AF_CAN", "CAN_", "AF_RDS", "AF_BLUETOOTH", "SO_DOMAIN", "SO_PROTOCOL", "SO_PEERCRED",
             "SO_PASSCRED", "SO_PRIORITY", "SO_MARK", "SO_INCOMING_CPU", "SO_BINDTODEVICE", "SO_PEERSEC", "SO_PASSSEC",
             "SCM_CREDENTIALS", "TCP_CORK", "TCP_DEFER_ACCEPT", "TCP_INFO", "TCP_LINGER2", "TCP_QUICKACK", "TCP_SYNCNT",
             "TCP_CONGESTION", "TCP_USER_TIMEOUT", "TCP_WINDOW_CLAMP", "TCP_ULP", "TCP_MD5SIG", "MSG_ERRQUEUE",
             "MSG_MORE", "MSG_CONFIRM", "MSG_FASTOPEN", "MSG_CMSG_CLOEXEC", "SOCK_CLOEXEC", "SOCK_NONBLOCK",
             "IPPROTO_MPTCP", "IPPROTO_UDPLITE", "UDPLITE_", "IP_BIND_ADDRESS_NO_PORT", "IPX_", "AF_IPX",
             "IP_TRANSPARENT"),
    select: ("epoll", "EPOLL"),
    os: ("eventfd", "EFD_", "sched_setaffinity", "sched_getaffinity", "memfd_create", "MFD_", "pidfd_open", "splice",
         "SPLICE_", "O_PATH", "O_TMPFILE", "O_NOATIME", "O_RSYNC", "O_DIRECT", "posix_fadvise", "getrandom", "GRND_",
         "pipe2", "copy_file_range", "setns", "unshare", "CLONE_", "getresuid", "setxattr", "getxattr"),
    signal: ("SIGPWR", "SIGSTKFLT", "SIGPOLL", "SIGRTMIN", "SIGRTMAX", "SIGCLD"),
}
for module, beginnings in prefixes.items():
    for name in dir(module):
        if name.startswith(beginnings) and name != "O_DIRECTORY":
            delattr(module, name)
sys.platform = "darwin"
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def test_every_module_can_be_imported_without_what_only_linux_has() -> None:
    found = pkgutil.walk_packages(sockscope.__path__, "sockscope.")
    modules = [module.name for module in found if not module.name.endswith("__main__")]
    assert len(modules) > 150
    done = subprocess.run([sys.executable, "-c", WITHOUT_LINUX, *modules], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
