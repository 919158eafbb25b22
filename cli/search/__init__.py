"""`iocbeam search`: values looked for in tenants, one question after the other."""
