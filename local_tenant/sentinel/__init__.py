"""Sentinel and Azure Resource Manager in the local tenant."""
