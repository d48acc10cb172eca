"""Bytes to data set: reading, column kinds, profile, findings, samples, the store of data sets."""
