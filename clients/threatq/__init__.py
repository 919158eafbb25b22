"""ThreatQ."""
