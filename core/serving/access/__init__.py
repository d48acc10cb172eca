"""Who may ask: API keys, how often each may ask, and who counts as being on this machine.

Run-time part.
"""

from core.serving.access.keyring import Keyring
from core.serving.access.keys import MANAGE, PREDICT, SCOPES, ApiKey
from core.serving.access.store import KeyStore

__all__ = ["MANAGE", "PREDICT", "SCOPES", "ApiKey", "KeyStore", "Keyring"]
