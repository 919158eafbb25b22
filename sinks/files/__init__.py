"""What a run leaves behind: dead letters, outcomes, events, plan and summary."""
