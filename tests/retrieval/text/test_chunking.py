from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Card, Span
from retrieval.encode.encoder import Encoder, embedded_text
from retrieval.text.chunking import split, title_prefix
from retrieval.types import Passage
from tests.fakes import FakeEncoder

FAKE = FakeEncoder()
LIMIT = 24


def an_article(*paragraphs: str, title: str = "A title", headings: tuple[str, ...] = ()) -> Article:
    text = "\n\n".join(paragraphs)
    spans = tuple(Span(text.index(heading), text.index(heading) + len(heading)) for heading in headings)
    return Article(Card("id", title), text, spans)


def sentences(passages: list[Passage]) -> list[str]:
    return [passage.text[start:end] for passage in passages for start, end in passage.sentences]


words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
paragraphs = st.lists(words, min_size=1, max_size=60).map(" ".join).map(str.strip).filter(bool)
articles = st.builds(
    lambda texts, title: an_article(*texts, title=title), st.lists(paragraphs, min_size=1, max_size=8), words
)


@given(articles)
def test_every_passage_is_a_span_of_its_article(article: Article) -> None:
    for passage in split(article, FAKE, LIMIT):
        assert article.text[passage.start : passage.end] == passage.text


@given(articles)
def test_passages_cover_the_article_except_for_space(article: Article) -> None:
    passages = split(article, FAKE, LIMIT)
    ends = [0, *(passage.end for passage in passages)]
    starts = [*(passage.start for passage in passages), len(article.text)]
    assert all(article.text[end:start].strip() == "" and end <= start for end, start in zip(ends, starts, strict=True))


@given(articles)
def test_no_passage_is_longer_than_the_limit(article: Article) -> None:
    prefix = title_prefix(article.title, FAKE, LIMIT)
    texts = [embedded_text(prefix, passage.text) for passage in split(article, FAKE, LIMIT)]
    assert max(FAKE.count_tokens(texts)) <= LIMIT


@given(articles)
def test_sentences_are_ordered_spans_of_their_passage_without_space_around(article: Article) -> None:
    for passage in split(article, FAKE, LIMIT):
        assert passage.sentences
        assert all(sentence.end <= next_.start for sentence, next_ in pairwise(passage.sentences))
        for start, end in passage.sentences:
            assert 0 <= start < end <= len(passage.text)
            assert passage.text[start:end] == passage.text[start:end].strip()


@given(articles)
def test_the_ids_of_passages_are_unique_and_stable(article: Article) -> None:
    ids = [passage.id for passage in split(article, FAKE, LIMIT)]
    assert len(set(ids)) == len(ids)
    assert ids == [passage.id for passage in split(article, FAKE, LIMIT)]


def test_an_unchanged_passage_keeps_its_id_when_another_is_edited() -> None:
    first, second = " ".join(["rain"] * 19) + ".", " ".join(["snow"] * 19) + "."
    before = split(an_article(first, second), FAKE, LIMIT)
    after = split(an_article(first.replace("rain", "hail"), second), FAKE, LIMIT)
    assert before[1].id == after[1].id
    assert before[0].id != after[0].id


def test_a_paragraph_that_fits_is_not_divided() -> None:
    paragraphs = [" ".join([word] * count) + "." for word, count in [("rain", 12), ("snow", 9), ("hail", 14)]]
    assert [passage.text for passage in split(an_article(*paragraphs), FAKE, LIMIT)] == paragraphs


def test_passages_of_a_long_paragraph_are_of_about_the_same_length() -> None:
    article = an_article(" ".join(f"Word number {number} is here." for number in range(40)))
    sizes = [len(passage.sentences) for passage in split(article, FAKE, LIMIT)]
    assert max(sizes) - min(sizes) <= 1


def test_a_section_is_one_passage(seed_article: Article, encoder: Encoder) -> None:
    passages = split(seed_article, encoder, encoder.max_tokens)
    headed = [passage.text for passage in passages if passage.text.startswith("Scholar Jailed\n")]
    assert len(headed) == 1
    assert "sentenced legal scholar Xu Zhiyong" in headed[0]
    assert headed[0].endswith("No information about his case has been released since.")


def test_a_subheading_stays_with_the_text_below_it_and_is_no_sentence() -> None:
    article = an_article(
        "Some words stand in here, before it all ends now.",
        "Head line",
        "More words stand here, below the line that heads them.",
        headings=("Head line",),
    )
    first, second = split(article, FAKE, LIMIT)
    assert first.text.endswith("now.")
    assert second.text.startswith("Head line\n\nMore")
    assert "Head line" not in sentences([first, second])


def test_a_sentence_longer_than_a_passage_is_cut_at_words() -> None:
    text = " ".join(f"w{number}" for number in range(300))
    passages = split(an_article(text), FAKE, LIMIT)
    assert len(passages) > 10
    assert " ".join(passage.text for passage in passages) == text


def test_a_text_without_spaces_is_cut_too() -> None:
    passages = split(an_article("-" * 500), FAKE, LIMIT)
    assert "".join(passage.text for passage in passages) == "-" * 500


def test_a_headline_longer_than_half_a_passage_is_cut_only_in_the_prefix() -> None:
    title = " ".join(f"t{number}" for number in range(100))
    article = an_article("Some words. " * 30, title=title)
    prefix = title_prefix(title, FAKE, LIMIT)
    assert title.startswith(prefix + " ")
    assert FAKE.count_tokens([prefix])[0] <= LIMIT / 2
    assert {passage.article.title for passage in split(article, FAKE, LIMIT)} == {title}


@pytest.mark.parametrize(
    "sentence",
    [
        "Chinese bloggers told U.S. Secretary of State John Kerry the push is going backward.",
        "He has a blog published by Tencent Finance (700), a division of China’s largest social media company.",
        "It ended his 1.5-day visit to China.",
        "The secretary said arrests are counter to “all of our best interests.”",
        "“The Chinese economy will be stronger,” he said.",
        "Mr. Smith paid $3.50 at 5 p.m. on Jan. 3 to Dr. Jones.",
    ],
)
def test_a_full_stop_inside_a_sentence_does_not_end_it(sentence: str) -> None:
    assert sentences(split(an_article(f"{sentence} And then another came."), FAKE, 60)) == [
        sentence,
        "And then another came.",
    ]


def test_the_seed_article_splits_at_its_sentences(seed_article: Article, encoder: Encoder) -> None:
    passages = split(seed_article, encoder, encoder.max_tokens)
    assert len(sentences(passages)) == 25
    assert all(sentence[-1] in ".”" for sentence in sentences(passages))


@pytest.mark.parametrize("limit", [64, 100, 256])
def test_no_passage_exceeds_the_limit_of_the_real_tokenizer(encoder: Encoder, limit: int) -> None:
    article = an_article(
        "国务卿克里" * 300,
        "x" * 5000,
        "antidisestablishmentarianism-" * 300,
        "Étés; " * 300,
        "🙂" * 700,
        title="T " * 300,
    )
    prefix = title_prefix(article.title, encoder, limit)
    passages = split(article, encoder, limit)
    counts = encoder.count_tokens([embedded_text(prefix, passage.text) for passage in passages])
    assert max(counts) <= limit
    assert "".join("".join(passage.text.split()) for passage in passages) == "".join(article.text.split())


@pytest.mark.parametrize("text", ["B\x85.", "He came.\x85 She went.\xa0.\x85."])
def test_a_space_that_the_sentence_splitter_fails_on_is_a_space(text: str) -> None:
    article = Article(Card("id", "3"), text)
    assert "".join(passage.text for passage in split(article, FAKE, LIMIT)).strip() == text.strip()
