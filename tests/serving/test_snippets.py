import json
import shlex

from core.serving.snippets import Call, write_calls, write_snippets


def bodies_of(snippets) -> list[object]:
    """What each snippet sends."""
    curl, python, javascript = snippets
    words = shlex.split(curl.code)
    sent = {}
    call = python.code.replace("import requests\n", "").replace("requests.post", "post")
    scope = {"post": lambda url, **options: sent.update(options, url=url) or Answer()}
    exec(call.replace("print", "str"), scope)
    assert words[1] == sent["url"]
    assert f"fetch({json.dumps(sent['url'])}" in javascript.code
    literal = javascript.code.partition("JSON.stringify(")[2].partition("),\n});")[0]
    return [json.loads(words[words.index("-d") + 1]), sent["json"], json.loads(literal)]


class Answer:
    def raise_for_status(self) -> None: ...

    def json(self) -> dict[str, object]:
        return {}


def test_all_snippets_send_the_real_example_and_the_name(titanic):
    snippets = write_snippets(titanic.contract, "http://localhost:8501/api/")
    expected = {"features": titanic.contract.example, "model": "titanic"}
    assert bodies_of(snippets) == [expected] * 3
    assert "http://localhost:8501/api/predict" in snippets[0].code


def test_where_a_key_is_needed_each_snippet_has_a_place_for_it(titanic):
    snippets = write_snippets(titanic.contract, "http://h", needs_key=True)
    assert ["X-API-Key" in snippet.code for snippet in snippets] == [True] * 3
    assert "X-API-Key" not in write_snippets(titanic.contract, "http://h")[0].code


def test_quotes_gaps_and_other_scripts_survive(titanic):
    row = {"Name": 'O\'Brien "Jo" \\ $HOME `x`', "Age": None, "Größe": "日本", "Alone": True}
    snippets = write_snippets(titanic.contract, "http://h", row=row)
    assert bodies_of(snippets) == [{"features": row, "model": "titanic"}] * 3


def test_a_file_is_sent_as_it_is():
    call = Call("POST", "/predict?model=a", 'x,y\n1,"it\'s"\n', {"Content-Type": "text/csv"})
    curl, python, javascript = write_calls(call, "http://h")
    words = shlex.split(curl.code)
    assert words[words.index("--data-binary") + 1] == call.content
    assert words[words.index("-H") + 1] == "Content-Type: text/csv"
    assert repr(call.content) in python.code
    assert "response.text" in python.code
    assert json.dumps(call.content) in javascript.code


def test_a_get_has_no_body():
    curl, python, javascript = write_calls(Call("GET", "/ping"), "http://h")
    assert curl.code == "curl http://h/ping"
    assert "requests.get(" in python.code
    assert "body" not in javascript.code
    assert "-X POST" in write_calls(Call("POST", "/load"), "http://h")[0].code
