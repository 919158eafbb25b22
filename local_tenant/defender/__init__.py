"""Defender for Endpoint in the local tenant."""
