"""The plan for Sentinel's indicators."""
