"""What can be said: the tables of options, a file for each group of them."""
