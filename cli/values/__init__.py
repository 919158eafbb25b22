"""What was said: command line, configuration and tenants file to values in canonical form."""
