"""What the system is asked about a failure."""
