"""Metrics and splits: how a candidate is judged."""
