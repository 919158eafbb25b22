"""Advanced hunting in the local tenant."""
