"""Experiment to reports: what the charts and the leaderboard show."""
