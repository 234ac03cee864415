"""Image files: opened lazily, read by windows, written whole or not at all."""
