"""The test of a connection, for `iocbeam check`."""
