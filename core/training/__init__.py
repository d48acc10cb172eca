"""Recipe and data set to experiment: candidates, cross-validation, background runs."""
