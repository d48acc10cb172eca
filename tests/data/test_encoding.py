import codecs
import tracemalloc

import pytest

from core.data.formats.encoding import decode, detect_encoding, guess_encoding
from core.errors import UnreadableFile

TEXTS = {
    "de": "id;Name;Ort\n1;Müller;Köln\n2;Weiß;Düsseldorf\n3;Jäger;Nürnberg\n",
    "fr": "id;nom;ville\n1;Élodie;Orléans\n2;François;Besançon\n3;Zoé;à côté du marché\n",
    "es": "id;nombre;lugar\n1;José Muñoz;Málaga\n2;María Peña;Cádiz\n3;Begoña;año nuevo\n",
    "pl": "id;imię;miasto\n1;Łukasz;Łódź\n2;Małgorzata;Gdańsk\n3;Błażej;Wrocław, książka\n",
    "cs": "id;jméno;město\n1;Jiří Dvořák;Plzeň\n2;Šárka;České Budějovice\n3;Řehoř;žluťoučký kůň\n",
    "ru": "id;имя;город\n1;Иванов;Москва\n2;Петрова;Санкт-Петербург\n3;Сидоров;Казань\n",
    "el": "id;όνομα;πόλη\n1;Παπαδόπουλος;Αθήνα\n2;Γεωργίου;Θεσσαλονίκη\n3;Νικολάου;Πάτρα\n",
    "tr": "id;ad;şehir\n1;Şükrü;İstanbul\n2;Ayşe;Eskişehir\n3;Çağlar;Diyarbakır\n",
    "he": "id;שם;עיר\n1;כהן;תל אביב\n2;לוי;ירושלים\n3;מזרחי;חיפה\n",
    "ar": "id;اسم;مدينة\n1;محمد;القاهرة\n2;فاطمة;الرياض\n3;أحمد;دبي\n",
    "lt": "id;vardas;miestas\n1;Žukauskas;Šiaulių gatvė\n2;Rūta;ežeras\n3;Šarūnas;Panevėžys\n",
    "zh": "编号;姓名;城市\n1;张伟;北京市\n2;王芳;上海市\n3;李娜;广州市\n",
    "zht": "編號;姓名;城市\n1;陳怡君;臺北市\n2;林志明;高雄市\n3;黃淑芬;臺中市\n",
    "ja": "番号;氏名;都市\n1;田中太郎;東京都\n2;佐藤花子;大阪のお店\n3;鈴木一郎;カタカナ\n",
    "ko": "번호;이름;도시\n1;김민수;서울특별시\n2;이영희;부산광역시\n3;박지훈;대구시\n",
    "th": "รหัส;ชื่อ;เมือง\n1;สมชาย;กรุงเทพ\n2;สมหญิง;เชียงใหม่\n3;วิชัย;ภูเก็ต\n",
}

PLAIN = "".join(f"{n};smith;london\n" for n in range(200))


@pytest.mark.parametrize("plain", ["", PLAIN])
@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        ("de", "cp1252"),
        ("de", "mac_roman"),
        ("de", "cp850"),
        ("de", "cp437"),
        ("fr", "cp1252"),
        ("fr", "mac_roman"),
        ("es", "latin-1"),
        ("pl", "cp1250"),
        ("pl", "iso8859-2"),
        ("pl", "cp852"),
        ("cs", "cp1250"),
        ("ru", "cp1251"),
        ("ru", "koi8-r"),
        ("ru", "cp866"),
        ("ru", "mac_cyrillic"),
        ("el", "cp1253"),
        ("el", "iso8859-7"),
        ("tr", "cp1254"),
        ("he", "cp1255"),
        ("ar", "cp1256"),
        ("lt", "cp1257"),
        ("zh", "gbk"),
        ("zh", "gb18030"),
        ("zht", "big5"),
        ("ja", "shift_jis"),
        ("ja", "cp932"),
        ("ja", "euc_jp"),
        ("ja", "iso2022_jp"),
        ("ko", "euc_kr"),
        ("ko", "cp949"),
        ("th", "cp874"),
    ],
)
def test_reads_what_was_written_in_an_old_encoding(
    language: str, encoding: str, plain: str
) -> None:
    text = TEXTS[language] + plain
    assert decode(text.encode(encoding))[0] == text


FEW = {
    "cp1252": "Lübeck | José | Béziers | São Paulo | Göteborg | Ålesund | naïve | Caffè | 25 €",
    "cp850": "Müller | Málaga | Besançon | Sønderborg | Coração | Jönköping",
    "cp437": "Würzburg | Núñez | Forêt | Ångström",
    "mac-roman": "Käse | Córdoba | Hélène | Fenêtre | São Paulo",
    "iso8859-15": "Größe | Señal | Noël | 25 €",
    "cp1250": "Łukasz | Plzeň | Žilina | Székesfehérvár | Čakovec",
    "iso8859-2": "Gdańsk | Třebíč | Šibenik i Žarko | Győr",
    "cp852": "Kraków | Říčany | Tükör | Košice",
    "cp1254": "Eskişehir | Gümüşhane | Beyoğlu",
    "cp1257": "Šiauliai ir Panevėžys | Jūrmala | Kuldīga",
    "cp1251": "Казань | Київ | Пловдив",
    "koi8-r": "Москва | Ростов",
    "cp866": "Молоко | Смирнова",
    "cp1253": "Θεσσαλονίκη | Ψωμί",
}
"""Words of which one is all that a table has beyond ASCII."""


@pytest.mark.parametrize(
    ("word", "encoding"),
    [(word, encoding) for encoding, words in FEW.items() for word in words.split(" | ")],
)
def test_one_word_is_read_as_that_of_a_language(word: str, encoding: str) -> None:
    text = f"id;name;size\n1;Martin;2.5\n2;{word};3.0\n3;Anna;4.5\n"
    assert decode(text.encode(encoding))[0] == text


@pytest.mark.parametrize(
    "sign", ["20 °C", "5 €", "10 m²", "½ lb", "it’s", "§ 5", "£20", "3×4", "2 – 3", "1\u00a0234"]
)
def test_a_sign_between_plain_words_is_a_sign(sign: str) -> None:
    assert decode(f"a;b\n1;{sign}\n2;x\n".encode("cp1252"))[0] == f"a;b\n1;{sign}\n2;x\n"


@pytest.mark.parametrize(("word", "encoding"), [("Malmö", "mac-roman"), ("Хлеб", "cp1251")])
def test_a_word_for_which_too_little_speaks_is_told_among_the_other_readings(
    word, encoding
) -> None:
    (doubt,) = guess_encoding(f"id;name\n1;{word}\n".encode(encoding)).list_doubts()
    assert (word,) in {doubt.words, *(words for _, words in doubt.others)}


def test_other_readings_that_are_nearly_as_likely_are_told() -> None:
    guess = guess_encoding("a;b\n1;25 µm\n".encode("cp1252"))
    (doubt,) = guess.list_doubts()
    assert (doubt.encoding, doubt.words) == ("cp1252", ("µm",))
    assert ("cp850", ("Ám",)) in doubt.others
    assert guess_encoding(TEXTS["de"].encode("cp1252")).list_doubts() == ()
    assert guess_encoding(TEXTS["ja"].encode("shift_jis")).list_doubts() == ()


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"]
)
@pytest.mark.parametrize("language", list(TEXTS))
def test_reads_unicode_with_and_without_a_mark(language: str, encoding: str) -> None:
    content = TEXTS[language].encode(encoding)
    assert decode(content) == (TEXTS[language], encoding)


def test_reads_big_endian_text_with_a_mark() -> None:
    text = TEXTS["de"]
    assert decode(codecs.BOM_UTF16_BE + text.encode("utf-16-be")) == (text, "utf-16")


def test_plain_text_is_utf_8() -> None:
    assert detect_encoding(b"") == "utf-8"
    assert detect_encoding(b"a,b\n1,2\n") == "utf-8"
    assert detect_encoding(b"a,b\n1,\x1b[0m\n") == "utf-8"


def test_zero_bytes_that_fill_up_the_end_are_left_out() -> None:
    assert decode(b"a,b\n1,2\n" + bytes(500)) == ("a,b\n1,2\n", "utf-8")
    assert decode("Größe;1\n".encode("cp1252") + bytes(9))[0] == "Größe;1\n"


def test_the_mark_of_an_end_is_left_out_and_separators_stay() -> None:
    assert decode(b"a,b\n1,2\n\x1a")[0] == "a,b\n1,2\n"
    assert decode(b"a\x1fb\n1\x1f2\n")[0] == "a\x1fb\n1\x1f2\n"


def test_some_broken_bytes_in_utf_8_are_named_with_their_line() -> None:
    content = (TEXTS["de"] * 5).encode().splitlines(keepends=True)
    content[6] = "2;Weiß;Düsseldorf\n".encode("cp1252")
    with pytest.raises(UnreadableFile, match="Line 7 holds bytes that are not"):
        decode(b"".join(content))


def test_a_broken_byte_far_behind_is_found() -> None:
    content = TEXTS["de"].encode() + PLAIN.encode() * 1000
    lines = content.count(b"\n")
    with pytest.raises(UnreadableFile, match=f"Line {lines + 1:,} holds"):
        detect_encoding(content + b"x;\xff;y\n" + PLAIN.encode())


def test_a_text_cut_within_its_last_character_is_named() -> None:
    with pytest.raises(UnreadableFile, match="cut off in line 4"):
        detect_encoding("a;b\nKöln;1\nMünchen;2\nDüsseldorf;é".encode()[:-1])


@pytest.mark.parametrize(
    "content",
    [bytes(range(256)) * 20, b"\x00\x01\x02\x03" * 100, b"\x89PNG\r\n\x1a\n" + bytes(99) + b"x"],
)
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        decode(content)


def test_a_big_text_is_never_made_whole() -> None:
    content = (TEXTS["ru"] + PLAIN).encode() * 4000
    tracemalloc.start()
    assert detect_encoding(content) == "utf-8"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < len(content) / 4


def test_a_big_old_text_is_never_made_whole() -> None:
    content = TEXTS["ru"].encode("cp1251") + PLAIN.encode() * 4000
    tracemalloc.start()
    assert detect_encoding(content) == "cp1251"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < len(content) + 12_000_000
