"""The plan for Defender's indicators."""
