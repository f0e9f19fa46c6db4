"""What lies between a stream and its socket: nothing, or TLS."""
