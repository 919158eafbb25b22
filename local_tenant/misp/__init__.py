"""The stand-in for MISP."""
