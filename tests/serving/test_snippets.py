import json
import shlex

from core.serving.snippets import write_snippets


def bodies_of(snippets) -> list[object]:
    """What each snippet sends."""
    curl, python = snippets
    words = shlex.split(curl.code)
    sent = {}
    call = python.code.replace("import requests\n", "").replace("requests.post", "post")
    scope = {"post": lambda url, **options: sent.update(options, url=url) or Answer()}
    exec(call.replace("print", "str"), scope)
    assert words[1] == sent["url"]
    return [json.loads(words[words.index("-d") + 1]), sent["json"]]


class Answer:
    def raise_for_status(self) -> None: ...

    def json(self) -> dict[str, object]:
        return {}


def test_both_snippets_send_the_real_example_and_the_name(titanic):
    snippets = write_snippets(titanic.contract, "http://localhost:8501/api/")
    expected = {"features": titanic.contract.example, "model": "titanic"}
    assert bodies_of(snippets) == [expected, expected]
    assert "http://localhost:8501/api/predict" in snippets[0].code


def test_quotes_gaps_and_other_scripts_survive(titanic):
    row = {"Name": 'O\'Brien "Jo" \\ $HOME `x`', "Age": None, "Größe": "日本", "Alone": True}
    snippets = write_snippets(titanic.contract, "http://h", row=row)
    assert bodies_of(snippets) == [{"features": row, "model": "titanic"}] * 2
