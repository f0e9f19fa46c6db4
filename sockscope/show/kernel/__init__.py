"""What the kernel says of a socket, as pages: its figures, how they went over time, the states of TCP."""
