"""Names and addresses: getaddrinfo, and what the system goes by."""
