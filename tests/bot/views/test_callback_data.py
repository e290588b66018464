"""Callback data: everything fits into 64 bytes, and only valid data are decoded."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import StaleButton
from bot.views import callback_data
from bot.views.callback_data import (
    DIGITS,
    HITLESS,
    MAX_HITS,
    MAX_PAGES,
    ORIGINS,
    SHOW,
    VERBS,
    CallbackData,
    Ref,
    decode,
    encode,
    hit_of,
)
from corpus.article import Article, Card, Span, article_id
from retrieval.text.chunking import split
from retrieval.types import Hit, Passage
from tests.fakes import FakeEncoder

HEX = "0123456789abcdef"
refs = st.builds(
    Ref, st.text(HEX, min_size=10, max_size=10), st.text(HEX, min_size=5, max_size=5), st.integers(0, len(DIGITS) - 1)
)


@st.composite
def taps(draw: st.DrawFn) -> CallbackData:
    verb = draw(st.sampled_from(sorted(VERBS)))
    hits = tuple(draw(st.lists(refs, min_size=0 if verb in HITLESS else 1, max_size=MAX_HITS)))
    shown = draw(st.integers(0, max(len(hits) - 1, 0)))
    return CallbackData(verb, hits, shown, draw(st.integers(0, MAX_PAGES - 1)), draw(st.sampled_from(sorted(ORIGINS))))


REF = Ref("0123456789", "abcde", 3)
WHOLE = encode(CallbackData(SHOW, (REF,)))


@given(taps())
@example(CallbackData(SHOW, (Ref("f" * 10, "f" * 5, 63),) * 5, 4, MAX_PAGES - 1))
def test_callback_data_survive_encoding_in_64_bytes(data: CallbackData) -> None:
    encoded = encode(data)
    assert 1 <= len(encoded.encode()) <= 64
    assert decode(encoded) == data


@given(
    st.text(max_size=70) | st.text(DIGITS + "sna+", max_size=70) | st.builds(lambda data: encode(data) + "A", taps())
)
@example("")
@example("saAAA")
@example("saAAAA")
@example(WHOLE[:-1])
@example(WHOLE + "\n")
@example(WHOLE.replace("A", "Ａ"))
@example("saBAAA" + WHOLE[6:])
@example("saAAAA" + WHOLE[6:] * 6)
def test_data_that_can_be_decoded_are_encoded_to_the_same_text(encoded: str) -> None:
    try:
        data = decode(encoded)
    except StaleButton:
        return
    assert encode(data) == encoded


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "s",
        "saAAA",
        "saAAAA",
        "zaAAAA",
        "exAAAA",
        "eaBAAA",
        WHOLE[:-1],
        WHOLE + "A",
        "saAAAA" + WHOLE[6:] * 6,
        "é" * 6,
    ],
)
def test_other_data_are_stale(encoded: str) -> None:
    with pytest.raises(StaleButton):
        decode(encoded)


@pytest.mark.parametrize(
    ("verb", "hits", "shown", "page", "origin"),
    [
        ("z", (REF,), 0, 0, "a"),
        (SHOW, (REF,), 0, 0, "x"),
        (SHOW, (), 0, 0, "a"),
        (SHOW, (REF,), 1, 0, "a"),
        (SHOW, (REF,), -1, 0, "a"),
        (SHOW, (REF,), 0, MAX_PAGES, "a"),
        (SHOW, (REF,), 0, -1, "a"),
        (SHOW, (REF,) * 6, 0, 0, "a"),
    ],
)
def test_invalid_callback_data_cannot_be_created(
    verb: str, hits: tuple[Ref, ...], shown: int, page: int, origin: str
) -> None:
    with pytest.raises(ValueError, match="no button"):
        CallbackData(verb, hits, shown, page, origin)


@pytest.mark.parametrize(
    ("article", "passage", "sentence"), [("0" * 9, "0" * 5, 0), ("0" * 10, "A" * 5, 0), ("0" * 10, "0" * 5, 64)]
)
def test_an_invalid_ref_cannot_be_created(article: str, passage: str, sentence: int) -> None:
    with pytest.raises(ValueError, match="refer to no hit"):
        Ref(article, passage, sentence)


def test_no_two_verbs_share_a_letter_and_none_is_left_out() -> None:
    letters = {name: value for name, value in vars(callback_data).items() if isinstance(value, str) and len(value) == 1}
    verbs = [letter for name, letter in letters.items() if not name.startswith("ORIGIN_")]
    assert sorted(verbs) == sorted(VERBS)
    assert len(ORIGINS) == len(letters) - len(verbs)


def test_a_ref_finds_the_hit_of_any_passage() -> None:
    text = "One came. Two went. Three stayed. " * 30
    article = Article(Card(article_id("https://example.org/a"), "Title"), text.strip())
    passages = split(article, FakeEncoder(), 40)
    assert any(passage.id.count("-") == 2 for passage in passages)  # the same text again in one article
    for passage in passages:
        for sentence in passage.sentences:
            ref = Ref.of(Hit(passage, 0.5, 1, sentence))
            assert passage.id.startswith(ref.article)
            assert passage.id.partition("-")[2].startswith(ref.passage)
            assert hit_of(ref, passage, 2) == Hit(passage, 0.0, 2, sentence)


def passage(*sentences: Span) -> Passage:
    return Passage(f"{'0a' * 8}-{'1b' * 6}", Card("0a" * 8, "Title"), "x" * 400, 0, 400, sentences)


@pytest.mark.parametrize(
    ("highlight", "number"), [(Span(0, 10), 0), (Span(5, 18), 1), (Span(8, 22), 1), (Span(25, 26), 2), (Span(0, 0), 0)]
)
def test_a_highlight_refers_to_the_nearest_sentence(highlight: Span, number: int) -> None:
    hit = Hit(passage(Span(0, 10), Span(11, 20), Span(24, 30)), 0.5, 1, highlight)
    assert Ref.of(hit).sentence == number


def test_sentences_beyond_the_limit_share_the_last_number() -> None:
    many = passage(*(Span(at, at + 1) for at in range(0, 160, 2)))
    assert Ref.of(Hit(many, 0.5, 1, Span(158, 159))).sentence == 63


def test_a_changed_passage_still_gives_a_hit() -> None:
    ref = Ref("0a0a0a0a0a", "1b1b1", 7)
    assert hit_of(ref, passage(Span(0, 10), Span(11, 20)), 1).highlight == Span(11, 20)
    assert hit_of(ref, passage(), 1).highlight == Span(0, 0)


def test_a_malformed_passage_id_is_refused() -> None:
    strange = Passage("p1", Card("a1", "Title"), "x", 0, 1, (Span(0, 1),))
    with pytest.raises(ValueError, match="no passage's id"):
        Ref.of(Hit(strange, 0.5, 1, Span(0, 1)))
