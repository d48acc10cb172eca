import pytest

from core.serving.access.peers import Peers, read_networks

HOST = (b"host", b"localhost:8000")


@pytest.mark.parametrize(
    ("address", "headers", "is_local"),
    [
        ("127.0.0.1", [HOST], True),
        ("127.0.0.2", [], True),
        ("::1", [(b"host", b"[::1]:8000")], True),
        ("::ffff:127.0.0.1", [HOST], True),
        ("192.0.2.2", [HOST], False),
        ("::ffff:192.0.2.2", [HOST], False),
        ("", [HOST], False),
        ("testclient", [HOST], False),
        # a browser on this machine that was led here by another name
        ("127.0.0.1", [(b"host", b"rebound.example:8000")], False),
        ("127.0.0.1", [(b"host", b"127.0.0.1.example")], False),
        ("127.0.0.1", [HOST, (b"origin", b"https://shop.example")], False),
        ("127.0.0.1", [HOST, (b"origin", b"null")], False),
        ("127.0.0.1", [HOST, (b"origin", b"http://localhost:8501")], True),
        # a proxy on this machine
        ("127.0.0.1", [HOST, (b"x-forwarded-for", b"127.0.0.1")], False),
        ("127.0.0.1", [HOST, (b"forwarded", b"for=127.0.0.1")], False),
        ("127.0.0.1", [HOST, (b"x-forwarded-proto", b"https")], False),
        ("127.0.0.1", [HOST, (b"x-real-ip", b"127.0.0.1")], False),
    ],
)
def test_the_connection_decides_and_headers_only_take_away(address, headers, is_local):
    assert Peers().is_local(address, headers) is is_local


def test_a_proxy_that_is_known_is_believed_about_its_client():
    peers = Peers(read_networks(["10.0.0.0/8"]))
    for forwarded_for, is_local in (
        (b"127.0.0.1", True),
        (b"203.0.113.9", False),
        (b"127.0.0.1, 203.0.113.9", False),  # the first was written by the client itself
        (b"203.0.113.9, 127.0.0.1", True),
        (b"127.0.0.1, 10.0.0.9", True),
        (b"10.0.0.8, 10.0.0.9", False),
        (b"", False),
        (b"nonsense", False),
    ):
        headers = [HOST, (b"x-forwarded-for", forwarded_for)]
        assert peers.is_local("10.0.0.7", headers) is is_local, forwarded_for
        assert not peers.is_local("192.0.2.2", headers)


def test_a_site_that_may_ask_may_be_open_in_a_browser_on_this_machine():
    headers = [HOST, (b"origin", b"https://shop.example")]
    assert Peers(origins=["https://shop.example"]).is_local("127.0.0.1", headers)
