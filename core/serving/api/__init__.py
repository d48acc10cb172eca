"""The REST API: dialects over one engine."""
