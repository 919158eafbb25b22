"""Microsoft Defender for Endpoint."""
