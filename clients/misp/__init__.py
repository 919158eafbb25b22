"""MISP."""
