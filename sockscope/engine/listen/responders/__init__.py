"""What a listener answers by itself."""
