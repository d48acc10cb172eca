import pytest

from core.serving.access.keys import ApiKey, hash_secret, make_secret, read_token, write_token


def make_key(secret: str = "secret", **changes: object) -> ApiKey:
    fields: dict[str, object] = {
        "id": "0a1b2c3d",
        "number": 1,
        "name": "shop",
        "digest": hash_secret(secret),
        "scopes": ("predict",),
        "models": (),
        "requests_per_minute": None,
        "created_at": 100.0,
    }
    return ApiKey(**(fields | changes))


def test_a_token_is_taken_apart_as_it_was_put_together():
    for _ in range(50):
        key_id, secret = make_secret()
        assert read_token(write_token(key_id, secret)) == (key_id, secret)
        assert len(secret) >= 43  # 256 bits


def test_no_two_keys_are_alike():
    assert len({make_secret() for _ in range(100)}) == 100


@pytest.mark.parametrize("text", ["", "slipway", "Bearer x", "eyJhbGciOi.x.y", "SLIPWAY_1_2"])
def test_what_is_no_token_of_ours_has_neither_id_nor_secret(text):
    assert read_token(text) == ("", "")


def test_only_its_own_secret_fits():
    key = make_key("secret")
    assert key.fits("secret")
    assert not key.fits("Secret")
    assert not key.fits("")


def test_a_key_is_usable_until_it_expires_or_is_revoked():
    assert make_key().is_usable(1e12)
    key = make_key(expires_at=200.0)
    assert (key.is_usable(199.9), key.is_usable(200.0)) == (True, False)
    assert (key.state(0.0), key.state(200.0)) == ("in use", "expired")
    revoked = make_key(expires_at=200.0, revoked_at=150.0)
    assert not revoked.is_usable(0.0)
    assert revoked.state(300.0) == "revoked"
