"""What a person sees: the router in `_shell.py`, one file a page, and what they share in `_ui`."""
