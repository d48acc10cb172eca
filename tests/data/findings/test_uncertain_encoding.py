import msgspec
import pytest

from core.data.store import DatasetStore


def table(*words: str) -> str:
    return "ort;preis\n" + "".join(f"{words[n % len(words)]};{n * n}\n" for n in range(40))


def found(info) -> list[str]:
    return [finding.message for finding in info.findings if finding.code == "uncertain-encoding"]


@pytest.mark.parametrize(
    ("words", "encoding", "other"),
    [
        (("Köln", "Straße", "Bär"), "cp1252", ""),
        (("citt\u00e0", "Roma"), "cp1252", "'citt\u0155' in cp1250"),
        (("\u0141\u00f3d\u017a", "Gda\u0144sk", "Krak\u00f3w"), "cp1250", ""),
        (("Köln", "Roma"), "utf-8", ""),
    ],
)
def test_words_that_read_well_elsewhere_are_shown_as_they_would_be(
    tmp_path, words, encoding, other
) -> None:
    info = DatasetStore(tmp_path, 2**20).add(table(*words).encode(encoding), "t.csv")
    assert info.read.encoding == encoding
    assert [other in message for message in found(info)] == ([True] if other else [])


def test_what_a_person_chose_is_not_doubted(tmp_path) -> None:
    store = DatasetStore(tmp_path, 2**20)
    info = store.add(table("citt\u00e0", "Roma").encode("cp1252"), "t.csv")
    assert found(info)
    for encoding in ("cp1252", "cp1250"):
        chosen = store.reread(info.id, msgspec.structs.replace(info.read, encoding=encoding))
        assert found(chosen) == []
        assert chosen.read.encoding == encoding
