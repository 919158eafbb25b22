"""The stand-in for ThreatQ."""
