"""Version to files, one module a format."""
