"""What the system can tell about a failure, asked just behind it and off the loop."""
