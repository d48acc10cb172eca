"""Fitted pipelines as versions of named models, with aliases and history (MLflow)."""
