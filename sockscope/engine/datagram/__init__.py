"""Datagram sockets: what is received and sent on them."""
