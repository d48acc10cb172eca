import pytest

from core.data.store import DatasetStore


@pytest.fixture
def found_in(tmp_path):
    """What is found about the encoding of a file."""

    def find(content: bytes) -> list:
        info = DatasetStore(tmp_path, 2**20).add(content, "t.csv")
        return [finding for finding in info.findings if finding.code == "uncertain-encoding"]

    return find


def test_a_word_that_reads_well_twice_is_asked_about(found_in) -> None:
    (finding,) = found_in("a;b\n1;25 µm\n2;30 km\n".encode("cp1252"))
    assert finding.severity == "warning"
    assert "was read as cp1252: 'µm'" in finding.message
    assert "'Ám' in cp850" in finding.message
    assert "under how the file is read" in finding.hint


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "mac-roman", "cp850"])
def test_words_that_read_well_once_are_no_finding(found_in, encoding) -> None:
    text = "a;b\n1;Größe\n2;Müller\n3;Straße\n4;Köln\n5;Jäger\n6;Österreich\n"
    assert found_in(text.encode(encoding)) == []


def test_signs_alone_are_no_finding(found_in) -> None:
    assert found_in("a;b\n1;20 °C\n2;30 °C\n".encode("cp1252")) == []
    assert found_in("a;b\n1;20 €\n2;30 €\n".encode("cp1252")) == []
