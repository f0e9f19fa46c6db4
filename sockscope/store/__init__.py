"""What a user saved: payloads and addresses, in a file of their own."""
