"""What meets what: indicators, and the objects of a tenant that show them; which alerts are asked for files."""
