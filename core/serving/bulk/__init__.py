"""Predictions for files of any size: rows in, the same rows out, a bounded number of them at a time."""
