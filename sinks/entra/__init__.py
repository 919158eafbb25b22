"""The writers of named locations and of the conditional access policy."""
