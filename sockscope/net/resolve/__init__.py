"""Names and addresses: what getaddrinfo says, why, and where it has it from."""
