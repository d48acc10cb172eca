"""Models that read texts, and ensembles, are asked as any other."""

import numpy as np
import pytest

from core.recipe import Recipe
from core.serving.contract import dump_contract, load_contract
from core.serving.contract.kinds import FIELDS
from core.serving.pipeline_engine import PipelineEngine, build_frame
from core.training.ensemble import assemble
from tests.predicting import predict_file


@pytest.fixture(scope="module")
def ensemble(reviews) -> PipelineEngine:
    recipe = Recipe("good", "binary", "roc_auc", {})
    members = [("first", reviews.pipeline, 0.25), ("second", reviews.pipeline, 0.75)]
    return PipelineEngine(assemble(members, recipe), reviews.contract)


def ask(engine, *texts):
    rows = [{"source": "web", "review": text} for text in texts]
    return engine.predict(engine.contract.parse_rows(rows))


def test_a_text_is_learned_from_in_any_language(reviews):
    good = ask(
        reviews, "so lovely, it works", "孩子很喜欢", "it broke, a waste", "质量太差，就坏了"
    )
    assert good.values == [True, True, False, False]


def test_the_contract_keeps_no_texts_but_one(reviews):
    contract = load_contract(dump_contract(reviews.contract))
    field = next(field for field in contract.fields if field.name == "review")
    assert (field.kind, field.levels, field.nullable) == ("text", (), True)
    assert dump_contract(contract).count(b"broke") <= 2
    assert FIELDS["text"].schema(field)["type"] == ["string", "null"]


def test_no_text_is_remarkable_and_none_is_an_empty_one(reviews):
    rows = reviews.contract.parse_rows(
        [{"source": "web", "review": text} for text in ("never said before", None, "  ")]
    )
    assert [row.flags for row in rows] == [()] * 3
    first, *same = reviews.predict(rows[1:]).probabilities
    assert same == [first]


def test_a_file_of_texts_is_answered_row_by_row(reviews):
    lines = [
        "review,source",
        '"so lovely,\nit works",web',
        "12345,shop",
        ",web",
        "broke at once,web",
    ]
    result = predict_file(reviews, "\n".join(lines).encode(), "rows.csv")
    assert result.problems == ()
    assert result.frame["prediction"].tolist()[0] is True
    assert result.frame["prediction"].tolist()[3] is False
    assert not any("never seen" in notice for notice in result.notices)


def test_an_ensemble_answers_with_the_mean_of_its_members(reviews, ensemble):
    assert list(ensemble.pipeline.named_steps) == ["model"]
    texts = ("so lovely", "a waste", None)
    assert ask(ensemble, *texts).values == ask(reviews, *texts).values
    rows = ensemble.contract.parse_rows([{"source": "web", "review": "fine"}])
    frame = build_frame(ensemble.contract, rows)
    np.testing.assert_allclose(
        ensemble.pipeline.predict_proba(frame), reviews.pipeline.predict_proba(frame)
    )
