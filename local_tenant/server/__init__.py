"""How the local tenant is served: HTTP over TLS, faults, budgets, the log of requests."""
