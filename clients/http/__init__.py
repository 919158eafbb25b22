"""The one HTTP edge: sessions, budgets, retries, pages, and what an answer means."""
