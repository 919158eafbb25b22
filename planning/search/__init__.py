"""What a search asks for a value, and where an object shows it."""
