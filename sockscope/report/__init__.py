"""Reports: records as files and streams, for other programs to read."""
