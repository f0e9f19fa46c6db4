"""Connected stream sockets: what is received and sent on them."""
