"""Boolean words in many languages, shared by the column reader and the reader of requests."""

BOOLEAN_WORDS = {
    **dict.fromkeys(("true", "yes", "y", "t", "1", "1.0", "on", "x", "✓", "✔"), True),
    **dict.fromkeys(("wahr", "ja", "j", "vrai", "oui", "o", "verdadero", "verdadeiro"), True),
    **dict.fromkeys(("sí", "si", "s", "sì", "vero", "sim", "tak", "да", "так", "ano"), True),
    **dict.fromkeys(("kyllä", "igen", "evet", "ναι", "نعم", "是", "真", "はい", "예", "네"), True),
    **dict.fromkeys(("false", "no", "n", "f", "0", "0.0", "off", "✗", "✘"), False),
    **dict.fromkeys(("falsch", "nein", "faux", "non", "falso", "não", "nao", "nie"), False),
    **dict.fromkeys(("нет", "ні", "ne", "nee", "nej", "nei", "ei", "nem", "hayır"), False),
    **dict.fromkeys(("hayir", "όχι", "لا", "否", "假", "いいえ", "아니요", "아니오"), False),
}
"""What a column that a person calls boolean may hold, in small letters."""
