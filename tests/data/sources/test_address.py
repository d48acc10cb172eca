import gzip
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import fsspec
import pytest

from core.data.sources.address import (
    Bounds,
    fetch,
    fetch_within,
    read_stored,
    safe_filename,
    show_address,
)
from core.data.sources.guard import is_public
from core.errors import UnreadableFile
from core.settings import Settings

CSV = b"a,b\n1,2\n"
OUTSIDE, INSIDE = "127.0.0.2", "127.0.0.1"
"""Two addresses of this machine: the tests' guard takes the first for a public one."""


def is_outside(address: str) -> bool:
    return address == OUTSIDE or is_public(address)


class Answers(BaseHTTPRequestHandler):
    """What the tests' web server says under each path; the requests are noted."""

    seen: list[tuple[str, dict[str, str]]] = []

    def do_GET(self) -> None:
        self.seen.append((self.path, dict(self.headers)))
        getattr(self, "on_" + self.path.partition("?")[0].strip("/").partition(".")[0])()

    def say(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def on_table(self) -> None:
        self.say(CSV)

    def on_named(self) -> None:
        self.say(CSV, Content_Disposition='attachment; filename="../../etc/na<me.csv"')

    def on_packed(self) -> None:
        self.say(gzip.compress(CSV), Content_Encoding="gzip")

    def on_inside(self) -> None:
        port = self.server.server_address[1]
        self.say(b"", 302, Location=f"http://{INSIDE}:{port}/table.csv")

    def on_by_name(self) -> None:
        port = self.server.server_address[1]
        self.say(b"", 302, Location=f"http://localhost:{port}/table.csv")

    def on_elsewhere(self) -> None:
        self.say(b"", 302, Location="file:///etc/passwd")

    def on_here(self) -> None:
        self.say(b"", 307, Location="/table.csv")

    def on_round(self) -> None:
        self.say(b"", 302, Location="/round")

    def on_large(self) -> None:
        self.say(b"x" * 2000)

    def on_endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(100):
            self.wfile.write(b"x" * 1000)

    def on_slow(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(20):
            self.wfile.write(b"x")
            time.sleep(0.1)

    def on_short(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "500")
        self.end_headers()
        self.wfile.write(b"x")

    def on_gone(self) -> None:
        self.say(b"no", 404)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    """A web server on all addresses of this machine; its address is the one that counts as public."""
    Answers.seen = []
    with ThreadingHTTPServer(("0.0.0.0", 0), Answers) as running:
        running.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client may hang up
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://{OUTSIDE}:{running.server_address[1]}"
        running.shutdown()
        thread.join()


@pytest.fixture
def bounds() -> Bounds:
    return Bounds(("http", "https"), (), max_bytes=1000, max_seconds=5, may_connect=is_outside)


def test_a_file_is_fetched_with_its_name(server: str, bounds: Bounds) -> None:
    got = fetch_within(f"{server}/table.csv?token=secret", bounds)
    assert (got.content, got.filename, got.source) == (CSV, "table.csv", f"{server}/table.csv")
    assert fetch_within(f"{server}/here", bounds).filename == "table.csv"


def test_a_name_that_the_server_gives_is_only_a_name(server: str, bounds: Bounds) -> None:
    assert fetch_within(f"{server}/named", bounds).filename == "name.csv"
    assert safe_filename("a" * 500 + ".csv").endswith("a.csv")
    assert len(safe_filename("a" * 500 + ".csv")) < 200
    assert safe_filename("..%2f..%2fetc%2fpasswd\x00") == "passwd"
    assert safe_filename("C:\\data\\t.csv") == "t.csv"


def test_a_packed_answer_is_left_packed(server: str, bounds: Bounds) -> None:
    assert gzip.decompress(fetch_within(f"{server}/packed", bounds).content) == CSV


@pytest.mark.parametrize("path", ["inside", "by_name"])
def test_a_redirect_to_this_machine_is_refused_before_anything_is_asked(
    server: str, bounds: Bounds, path: str
) -> None:
    with pytest.raises(UnreadableFile, match="public Internet"):
        fetch_within(f"{server}/{path}", bounds)
    assert [path for path, _ in Answers.seen] == [f"/{path}"]


@pytest.mark.parametrize(
    "host", [INSIDE, "localhost", "2130706433", "0x7f.1", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]"]
)
def test_this_machine_is_refused_however_it_is_written(server: str, host: str) -> None:
    port = server.rpartition(":")[2]
    with pytest.raises(UnreadableFile, match="public Internet|web"):
        fetch_within(f"http://{host}:{port}/table.csv", Bounds(("http",), (), 1000))
    assert Answers.seen == []


def test_what_a_name_resolves_to_is_judged_when_the_connection_is_opened(server: str) -> None:
    # A name may resolve to another address from one moment to the next.
    judged: list[str] = []

    def first_only(address: str) -> bool:
        judged.append(address)
        return len(judged) == 1

    bounds = Bounds(("http",), (), 1000, may_connect=first_only)
    with pytest.raises(UnreadableFile, match="public Internet"):
        fetch_within(f"{server}/inside", bounds)
    assert judged == [OUTSIDE, INSIDE]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
    ]
    + [
        "100.64.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.88.99.1",
    ]
    + [
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "fec0::1",
        "2001:db8::1",
    ]
    + ["::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1"]
    + ["2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::", "not an address", ""],
)
def test_what_is_not_on_the_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_what_is_on_the_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_a_redirect_to_another_kind_of_address_is_refused(server: str, bounds: Bounds) -> None:
    with pytest.raises(UnreadableFile, match="must begin with http"):
        fetch_within(f"{server}/elsewhere", bounds)


def test_redirects_end(server: str, bounds: Bounds) -> None:
    with pytest.raises(UnreadableFile, match="5 redirects"):
        fetch_within(f"{server}/round", bounds)
    assert len(Answers.seen) == 6


@pytest.mark.parametrize("path", ["large", "endless"])
def test_a_large_file_is_refused_as_soon_as_that_is_known(
    server: str, bounds: Bounds, path: str
) -> None:
    with pytest.raises(UnreadableFile, match="at most 1,000 bytes"):
        fetch_within(f"{server}/{path}", bounds)


def test_a_slow_answer_is_not_waited_for(server: str, bounds: Bounds) -> None:
    with pytest.raises(UnreadableFile, match="within"):
        fetch_within(f"{server}/slow", replace(bounds, max_seconds=0.5))


@pytest.mark.parametrize(("path", "reason"), [("gone", "404"), ("short", "breaks off")])
def test_an_answer_without_the_file_says_why(
    server: str, bounds: Bounds, path: str, reason: str
) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        fetch_within(f"{server}/{path}", bounds)


def test_only_the_hosts_that_are_allowed_are_asked(server: str, bounds: Bounds) -> None:
    assert fetch_within(f"{server}/table.csv", replace(bounds, hosts=(OUTSIDE,))).content == CSV
    with pytest.raises(UnreadableFile, match="operator allows"):
        fetch_within(f"{server}/table.csv", replace(bounds, hosts=("example.org", ".example.org")))
    with pytest.raises(UnreadableFile, match="operator allows"):
        fetch_within("http://example.org@evil.org/", replace(bounds, hosts=("example.org",)))


def test_nothing_is_fetched_unless_the_operator_allows_it() -> None:
    with pytest.raises(UnreadableFile) as caught:
        fetch("https://example.org/a.csv", Settings.from_environment({}))
    assert "SLIPWAY_ALLOW_URLS" in caught.value.hint
    settings = Settings.from_environment({"SLIPWAY_ALLOW_URLS": "https"})
    for url in (
        "http://example.org",
        "file:///etc/passwd",
        "s3://bucket/a.csv",
        "/etc/passwd",
        "https://",
        "",
    ):
        with pytest.raises(UnreadableFile, match="must begin with https://"):
            fetch(url, settings)
    with pytest.raises(UnreadableFile, match="public Internet"):
        fetch("https://127.0.0.1/a.csv", settings)


def test_no_message_holds_a_password_or_a_token(bounds: Bounds) -> None:
    with socket.socket() as free:
        free.bind((OUTSIDE, 0))
        port = free.getsockname()[1]
    for url in (
        f"http://me:s3cret@{OUTSIDE}:{port}/a.csv?token=s3cret",
        "ftp://me:s3cret@host/?s3cret",
        "http://me:s3cret@[bad/",
    ):
        with pytest.raises(UnreadableFile) as caught:
            fetch_within(url, bounds)
        assert "s3cret" not in str(caught.value) + caught.value.hint
        assert caught.value.__cause__ is None
    assert show_address("https://me:s3cret@host/a?s3cret#s3cret") == "https://host/a"


def test_an_answer_without_encryption_is_no_https(server: str, bounds: Bounds) -> None:
    with pytest.raises(UnreadableFile, match="must be a file on the web"):
        fetch_within(server.replace("http://", "https://") + "/table.csv", bounds)


def test_cloud_storage_needs_a_package_that_is_named() -> None:
    settings = Settings.from_environment({"SLIPWAY_ALLOW_URLS": "s3,gs"})
    with pytest.raises(UnreadableFile, match="s3fs"):
        fetch("s3://bucket/a.csv", settings)
    with pytest.raises(UnreadableFile, match="gcsfs"):
        fetch("gs://bucket/a.csv", settings)


def test_cloud_storage_is_read_within_bounds() -> None:
    files = fsspec.filesystem("memory")
    files.pipe("/bucket/folder/a.csv", CSV)
    bounds = Bounds(("s3",), (), max_bytes=len(CSV))
    got = read_stored(files, "s3://bucket/folder/a.csv", bounds)
    assert (got.content, got.filename, got.source) == (CSV, "a.csv", "s3://bucket/folder/a.csv")
    with pytest.raises(UnreadableFile, match="not there"):
        read_stored(files, "s3://bucket/b.csv", bounds)
    with pytest.raises(UnreadableFile, match="at most 3 bytes"):
        read_stored(files, "s3://bucket/folder/a.csv", Bounds(("s3",), (), max_bytes=3))
