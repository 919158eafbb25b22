"""The plan for named locations and the conditional access policy."""
