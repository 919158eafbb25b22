"""The writer of Sentinel's indicators."""
