"""Slipway's logic: from a data file to a served model, with no user interface in it."""
