"""Microsoft Graph: conditional access and alerts."""
