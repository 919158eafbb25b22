"""What a run did, for a person: plans, summaries, dead letters."""
