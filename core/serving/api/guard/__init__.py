"""What stands around the answers: keys, limits, other sites, the access log, metrics.

Run-time part. `guarded` wraps an ASGI application; within, nothing knows of it.
"""

from core.serving.api.guard.guard import Guard, guarded
from core.serving.api.guard.metrics import Sample

__all__ = ["Guard", "Sample", "guarded"]
