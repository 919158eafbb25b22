"""The login service of the local tenant."""
