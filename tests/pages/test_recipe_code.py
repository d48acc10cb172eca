import pytest

from core.data.store import DatasetStore

PLAIN = "\n".join(["size,kind", *(f"{n * 7 % 50},{'ab'[n % 2]}" for n in range(80))])
UNITS = "\n".join(["size,kind", *(f"{n * 7 % 50} km,{'ab'[n % 2]}" for n in range(80))])


@pytest.mark.parametrize(("text", "is_copy"), [(PLAIN, False), (UNITS, True)])
def test_the_code_comes_with_the_data_that_it_reads(open_page, home, text, is_copy):
    info = DatasetStore(home / "datasets", 2**24).add(text.encode(), "things.csv")
    app = open_page("prepare_data.py", data=info.id)
    app.session_state["prepare_file"] = True
    app.session_state["prepare_code"] = "As scikit-learn code"
    app.run()
    assert not app.exception
    offered = [button.key for button in app.get("download_button")]
    assert ("prepare_code_data" in offered) == is_copy
    assert ('DATA_FILE = "things.csv"' in app.code[0].value) != is_copy
