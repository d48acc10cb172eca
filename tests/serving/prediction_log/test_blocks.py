"""Rows in blocks: read in their order, found, and taken out without the others."""

import time

import pytest

from core.serving.prediction_log.blocks import BLOCK_ROWS, decode_block, encode_block
from core.serving.prediction_log.eraser import Erasure
from core.serving.prediction_log.privacy import Privacy
from core.serving.prediction_log.reader import Chosen
from core.serving.prediction_log.rows import BlockMaker, Item
from tests.serving.prediction_log.conftest import again

EVERYTHING = Chosen()


@pytest.fixture
def maker(tmp_path) -> BlockMaker:
    return BlockMaker(Privacy([], [], tmp_path))


def make(maker: BlockMaker, *answered):
    plan = maker.plan(answered[0].contract)
    return list(maker.blocks([Item(each, len(each.rows)) for each in answered], plan))


def test_a_block_comes_back_as_it_was_encoded(maker, ask, titanic):
    (block,) = make(maker, ask(titanic, {"Sex": "alien"}, {}), ask(titanic))
    found = decode_block(encode_block(block))
    as_lists = [row._replace(inputs=list(row.inputs)) for row in block.rows(3, 1)]
    assert [row[:6] for row in found.rows(3, 1)] == [row[:6] for row in as_lists]
    assert found.codes == block.codes == "unseen-level"
    assert found.id_numbers == block.id_numbers
    assert len(block.id_numbers) == 8


def test_what_is_taken_out_leaves_the_others_as_they_were(maker, ask, titanic):
    (block,) = make(
        maker,
        ask(titanic, {"Age": 1}, {"Age": 2}, request_id="a"),
        ask(titanic, {"Age": 3, "Sex": "alien"}, request_id="b"),
        ask(titanic, {"Age": 4}, {"Age": 5, "Sex": "elf"}, request_id="c"),
    )
    before = list(block.rows(7, 1))
    rest = block.only([True, False, True])
    assert list(rest.rows(7, 1)) == [row for row in before if row.request_id != "b"]
    assert rest.codes == "unseen-level"
    assert rest.only([True, False]).codes == ""
    assert list(rest.only([False, True]).rows(7, 1)) == before[3:]


def test_requests_of_any_size_come_into_blocks_of_one_size(maker, ask, titanic):
    large = ask(titanic, *[{}] * (2 * BLOCK_ROWS + 5), request_id="large")
    small = [again(ask(titanic), f"{number}") for number in range(3)]
    blocks = make(maker, small[0], large, *small[1:])
    assert [len(block.inputs) for block in blocks] == [1, BLOCK_ROWS, BLOCK_ROWS, 7]
    positions = [row.position for block in blocks[1:] for row in block.rows(1, 1)]
    assert positions == [*range(2 * BLOCK_ROWS + 5), 0, 0]


def test_an_answer_that_is_not_of_each_row_is_refused(maker, ask, titanic):
    answered = ask(titanic, {}, {})
    answered.answer.values.pop()
    with pytest.raises(ValueError, match="one answer for each row"):
        make(maker, answered)


def test_rows_are_in_the_order_of_time_whichever_block_they_are_in(
    open_log, reader, ask, titanic, mpg
):
    now = time.time()
    for log, ages in ((open_log(), (1, 4, 7)), (open_log(), (2, 3, 9)), (open_log(), (5, 8))):
        for age in ages:
            log.add(ask(titanic, at=now - age, request_id=f"{age}"))
        log.add(ask(mpg, at=now - 6, request_id="car"))
        assert log.flush()
    found = reader.rows(EVERYTHING)
    assert [row.request_id for row in found] == [*"12345", *["car"] * 3, *"789"]
    assert [row.row_id for row in reader.rows(EVERYTHING, 4)] == [row.row_id for row in found[:4]]
    some = reader.rows(Chosen(since=now - 8, until=now - 3))
    assert [row.request_id for row in some] == [*"45", *["car"] * 3, *"78"]


def test_of_many_blocks_as_many_are_read_as_it_takes(open_log, reader, ask, titanic):
    log = open_log()
    answered = ask(titanic)
    for number in range(40):
        log.add(again(answered, f"{number}"))
        assert log.flush()
    found = reader.rows(EVERYTHING)
    assert [row.request_id for row in found] == [f"{number}" for number in reversed(range(40))]
    assert len({row.row_id for row in found}) == 40


def test_a_long_request_is_found_and_deleted_whole(open_log, reader, eraser, ask, titanic):
    log = open_log()
    log.add(ask(titanic, request_id="first"))
    log.add(ask(titanic, *[{}] * 1200, request_id="long"))
    log.add(ask(titanic, {"Sex": "alien"}, request_id="last"))
    assert log.flush()
    before = {row.request_id: row for row in reader.rows(EVERYTHING, 2000)}
    found = reader.rows(Chosen(request_id="long"), 2000)
    assert sorted(row.position for row in found) == list(range(1200))
    assert reader.rows(Chosen(model="other", request_id="long")) == []
    assert eraser.count(Erasure(request_id="long")) == 1200
    assert eraser.delete(Erasure(request_id="long")) == 1200
    assert {row.request_id: row for row in reader.rows(EVERYTHING)} == {
        name: before[name] for name in ("first", "last")
    }
    assert [row.request_id for row in reader.rows(Chosen(flag="unseen-level"))] == ["last"]


def test_an_age_that_goes_through_a_block_takes_only_what_is_older(
    open_log, reader, eraser, ask, titanic
):
    log = open_log()
    now = time.time()
    for age in (10, 30, 20, 40):
        log.add(ask(titanic, {}, {}, at=now - age, request_id=f"{age}"))
    assert log.flush()
    assert eraser.count(Erasure(before=now - 25)) == 4
    assert eraser.delete(Erasure(before=now - 25)) == 4
    assert [row.request_id for row in reader.rows(EVERYTHING)] == ["10", "10", "20", "20"]
    assert eraser.delete(Erasure(model="titanic", before=now)) == 4
