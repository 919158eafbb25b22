"""From values to a job's typed settings, and running it."""
