"""Articles and the numeric claims they print."""
