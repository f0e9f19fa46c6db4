"""The front end that is a netcat: bytes in, bytes out, and what happened on standard error where that is asked."""
