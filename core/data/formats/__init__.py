"""The file formats, each one module: how it is recognised and how its bytes become columns."""
