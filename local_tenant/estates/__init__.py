"""Made-up organisations to read: machines, alerts and their evidence."""
