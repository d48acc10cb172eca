"""The REST API: dialects over one engine.

Run-time part: imports neither scikit-learn nor pandas nor MLflow nor Streamlit.
"""

from core.serving.api.app import create_api
from core.serving.api.dialects import choose_dialects
from core.serving.api.service import Limits

__all__ = ["Limits", "choose_dialects", "create_api"]
