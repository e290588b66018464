"""The last question asked again with another part."""

import time

import pytest

from retrieval.answer.elliptical_follow_ups import with_other_part


@pytest.mark.parametrize(
    ("question", "last", "expected"),
    [
        ("and the women's race?", "Who won the men's race?", "Who won the women's race?"),
        ("What about Ilham?", "what happened to Xu Zhiyong?", "what happened to Ilham?"),
        ("What about Waythe?", "Tell me about the Corn Hall", "Tell me about Waythe"),
        ("what about the Sallow Bridge", "what happened to Varnholt?", "what happened to the Sallow Bridge?"),
        ("And in 2020?", "How many seals were counted in 2019?", "How many seals were counted in 2020?"),
        ("and in May 2021?", "who died in August 2020?", "who died in May 2021?"),
        ("and in June?", "what happened in May 2021?", "what happened in June 2021?"),
        ("and in Q2?", "what happened in Q1 2021?", "what happened in Q2 2021?"),
        ("and on 3 May?", "who died on 2 May 2020?", "who died on 3 May 2020?"),
        ("what about last year?", "who won the race in 2019?", "who won the race last year?"),
        ("and May?", "who died in April 2020?", "who died in May 2020?"),
        ("and May?", "who met Kerry?", "who met May?"),
        ("and the men's?", "Who won the women's race at Port Elsin?", "Who won the men's race at Port Elsin?"),
        ("And Hale's?", "When does Ngozi Okafor's trial begin?", "When does Hale's trial begin?"),
        ("what about the teachers'?", "What do the nurses' unions want?", "What do the teachers' unions want?"),
        ("what about 2019", "what happened to Martin Quellan?", "what happened to Martin Quellan in 2019?"),
    ],
)
def test_the_part_takes_the_place_of_its_own_kind(question: str, last: str, expected: str) -> None:
    assert with_other_part(question, last) == expected


@pytest.mark.parametrize(
    ("question", "last"),
    [
        ("and then?", "what happened to Xu Zhiyong?"),
        ("why?", "what happened to Xu Zhiyong?"),
        ("and his brother?", "where does Pavel Drummond work?"),
        ("and Kerry?", "Who met Xu and Ma?"),
        ("and the shopkeepers", "what did the mayor think of the cable car"),
        ("And Hale's?", "When is the trial?"),
        ("And Hale's?", "Who met Okafor's lawyer's brother?"),
        ("the women's race?", "Who won the men's race?"),
    ],
)
def test_nothing_is_replaced_where_it_is_not_clear_by_what(question: str, last: str) -> None:
    assert with_other_part(question, last) is None


@pytest.mark.parametrize("text", ["and " * 15, "and the " + "a" * 50, "and A" + " A" * 26, "'" * 60])
def test_hostile_texts_take_little_time(text: str) -> None:
    start = time.process_time()
    with_other_part(text, "A the " * 170)
    with_other_part(text, text * 16)
    assert time.process_time() - start < 1
