"""Microsoft Graph in the local tenant."""
