"""The writer of Defender's indicators."""
