"""Questions with filters and an order: how they are parsed, searched, ordered and described."""

from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.article import Article, Card
from retrieval.answer.answerer import Answerer
from retrieval.answer.conversation import Turn
from retrieval.answer.filter_terms import DOUBLE, KEY
from retrieval.answer.query import (
    as_question,
    check_question,
    describe_query,
    on_one_line,
    parse_filters,
    parse_query,
)
from retrieval.archive.filters import WORD
from retrieval.errors import EmptyQuestion, InvalidFilter, QuestionError, QuestionTooLong, UnknownName
from retrieval.types import NO_FILTERS, Answer, Filters, Query
from tests.fakes import FakeEncoder, archive_at, take_in

WHO = "who met Kerry?"
FEBRUARY = date(2014, 2, 1)


@pytest.mark.parametrize(
    ("question", "query"),
    [
        (WHO, Query(WHO)),
        (f"{WHO} since:2014", Query(WHO, Filters(since=date(2014, 1, 1)))),
        (f"since:2014-02 {WHO}", Query(WHO, Filters(since=FEBRUARY))),
        ("who since:2014-02-17 met Kerry?", Query(WHO, Filters(since=date(2014, 2, 17)))),
        (f"{WHO} since：２０１４－０２", Query(WHO, Filters(since=FEBRUARY))),
        (f"{WHO} ｓｉｎｃｅ：２０１４", Query(WHO, Filters(since=date(2014, 1, 1)))),
        ("ＷＨＯ met？ ＳＯＵＲＣＥ:＂Ｓｉｔｅ　Default＂", Query("WHO met？", Filters(source="Site Default"))),
        (f"{WHO} ａｕｔｈｏｒ:＇Ann Lee＇ ｓｏｒｔ：ｎｅｗ", Query(WHO, Filters(author="Ann Lee"), newest=True)),
        ("２０１４年发生了什么？", Query("2014年发生了什么？")),
        (f"{WHO} until:2014", Query(WHO, Filters(until=date(2014, 12, 31)))),
        (f"{WHO} until:2014-02", Query(WHO, Filters(until=date(2014, 2, 28)))),
        (f"{WHO} until:2016-2", Query(WHO, Filters(until=date(2016, 2, 29)))),
        (f"{WHO} until:9999-12", Query(WHO, Filters(until=date(9999, 12, 31)))),
        (f"{WHO} since:2014 until:2014", Query(WHO, Filters(date(2014, 1, 1), date(2014, 12, 31)))),
        (f"{WHO} since:2014-02-17 until:2014-02-17", Query(WHO, Filters(date(2014, 2, 17), date(2014, 2, 17)))),
        (f"{WHO} source:Reuters", Query(WHO, Filters(source="Reuters"))),
        (f'{WHO} source:"Site Default"', Query(WHO, Filters(source="Site Default"))),
        (
            f"{WHO} source:“Site  Default” author:„Yaxue Cao“",
            Query(WHO, Filters(None, None, "Site Default", "Yaxue Cao")),
        ),
        (f"{WHO} source:'L'Express' author:O'Brien", Query(WHO, Filters(None, None, "L'Express", "O'Brien"))),
        (f"{WHO} SOURCE:Reuters Since：2014-02", Query(WHO, Filters(FEBRUARY, None, "Reuters"))),
        (f"{WHO} sort:new", Query(WHO, newest=True)),
        (f"{WHO} Sort:NEW", Query(WHO, newest=True)),
        ("Did it happen since:2014-02?", Query("Did it happen", Filters(since=FEBRUARY))),
        ("“Did it happen since:2014-02?”", Query("“Did it happen", Filters(since=FEBRUARY))),
        ("what happened (since:2014-02)", Query("what happened (", Filters(since=FEBRUARY))),
        (f"{WHO} since:2014-02 since:2014-02", Query(WHO, Filters(since=FEBRUARY))),
        (f"{WHO} source:'Ann: since:1999' since:2014-02", Query(WHO, Filters(FEBRUARY, None, "Ann: since:1999"))),
    ],
)
def test_filters_and_order_are_parsed_apart_from_the_words(question: str, query: Query) -> None:
    assert parse_query(check_question(question, 1000)) == query


def test_characters_without_a_width_are_dropped() -> None:
    assert check_question("\ufeffW\u200bho won the pri\u00adze?\u2060", 1000) == "Who won the prize?"


@pytest.mark.parametrize(
    "question",
    [
        "foo:bar who?",
        "title:Kerry^2 AND -who",
        "is it since 2014 or until now?",
        "resource:oil price",
        "data-source:oil price",
        "see https://example.org/?since:2014",
        "ſince:2014 sınce:2014",
        "since :2014",
        "published:[2014 TO 2015]",
        "Source. Author! Sort; since, until",
    ],
)
def test_anything_but_the_five_keys_is_words(question: str) -> None:
    assert parse_query(check_question(question, 1000)) == Query(question)


@pytest.mark.parametrize(
    "question",
    [
        "What did the source: a whistleblower, say?",
        "What did the anonymous source: a whistleblower, say?",
        "Since: when is he in jail?",
        "since: when is he in jail?",
        "Since：when is he in jail?",
        "Since:when is he in jail?",
        "Source: who said that?",
        "source: what is it?",
        "Author: who is she, and where does she live?",
        "He was arrested. Source: who said so?",
        "He was shot. Source: police. By whom?",
        "Author: Ann Lee wrote what about Kerry?",
        "What has changed since: the law, the court, or both?",
        "He has been in prison since: is that right?",
        "Is he in jail since:then?",
        "Who has been in jail since:he resigned and why?",
        "What is note:this about?",
        "Did it begin at 10:30?",
        "Re: who met Kerry?",
        "What comes after: 2014 or 2015?",
        "Is it from:20141 or to:heaven?",
        "See https://example.org/since:soon, who met Kerry?",
        "Until: what day must he stay?",
        "How long, until: death?",
        "Who is the author: Ann Lee, or her sister?",
        "Who is the author: Ann Lee?",
        "Did the paper protect its source: Kerry's driver?",
        "Did the paper protect its source:Kerry's driver?",
        "Why did the source:Guardian story vanish?",
        "Which source:Reuters or AP, was right?",
        "Was an anonymous source: Kerry, named?",
        "What sort: of man is he?",
        "What sort: new or old, of bridge is it?",
        "What sort:of man is he?",
        "Which source: Reuters?",
        'What did the source: "a whistleblower", say?',
        "What did the source（source：the minister) say?",
        "Who told a source:he was wrong?",
        "the source:",
    ],
)
def test_words_of_a_sentence_are_no_filters(question: str) -> None:
    query = parse_query(check_question(question, 1000))
    assert query == Query(question)
    assert parse_query(as_question(query)) == query
    dated = replace(query, filters=Filters(since=FEBRUARY, source="Reuters"))
    again = parse_query(as_question(dated))
    assert again.filters == dated.filters
    assert again.text in {question, KEY.sub(r"\g<key> ", question)}


@pytest.mark.parametrize(
    ("question", "query"),
    [
        (
            "What did the source: a whistleblower, say? since:2014",
            Query("What did the source: a whistleblower, say?", Filters(since=date(2014, 1, 1))),
        ),
        (
            "source:Reuters since:2014-02 What did the source: a whistleblower, say?",
            Query("What did the source: a whistleblower, say?", Filters(since=FEBRUARY, source="Reuters")),
        ),
        ("Since: when is he in jail? source:Wire", Query("Since: when is he in jail?", Filters(source="Wire"))),
        ("What is this source:Reuters", Query("What is this", Filters(source="Reuters"))),
        ("Who met her author:Ann", Query("Who met her", Filters(author="Ann"))),
        ("who source:reuters met Kerry?", Query("who met Kerry?", Filters(source="reuters"))),
        ("who sort:new met Kerry?", Query("who met Kerry?", newest=True)),
        ('Who is the source:"Site Default"', Query("Who is the", Filters(source="Site Default"))),
        ("who met Kerry? source:the", Query("who met Kerry?", Filters(source="the"))),
        ("source:a who met Kerry?", Query("who met Kerry?", Filters(source="a"))),
    ],
)
def test_filters_beside_words_of_a_sentence_are_filters(question: str, query: Query) -> None:
    assert parse_query(check_question(question, 1000)) == query


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("since:yesterday who met Kerry?", "since “yesterday”: there is no such date"),
        ("who since:2014-13 met Kerry?", "since “2014-13”: there is no such date"),
        ("who met Kerry since:lately", "since “lately”: there is no such date"),
        ("who met Kerry since:soon", "since “soon”: there is no such date"),
        ("who met Kerry until:now", "until “now”: there is no such date"),
        ("since:soon who met Kerry?", "since “soon”: there is no such date"),
        ("who since:lately met Kerry?", "since “lately”: there is no such date"),
        ("who since:last-year met Kerry?", "since “last-year”: there is no such date"),
        ("who sort:newest met Kerry?", "There is no order “newest”. Write sort:new"),
        ("who met Kerry? before:2014-02", "There is no filter before: here. Write until:2014-02, for example."),
        ("From:2014 who met Kerry?", "There is no filter from: here. Write since:2014-02, for example."),
        ("since: 2014-02 who met Kerry?", "There is nothing right after since:"),
        ("who met Kerry since: 2014", "There is nothing right after since:"),
        ("who met Kerry? source: Reuters", "There is nothing right after source:"),
        ('who met Kerry? source: "The Guardian"', "There is nothing right after source:"),
        ("source: Reuters who met Kerry?", "There is nothing right after source:"),
        ("who met Kerry? sort: new", "There is nothing right after sort:"),
        ("who met Kerry? since: source:Reuters", "There is nothing right after since:"),
        ("sort:old who met Kerry?", "There is no order “old”"),
        ("who met Kerry author:", "There is nothing right after author:"),
    ],
)
def test_a_filter_that_is_meant_and_wrong_is_refused_wherever_it_is(question: str, message: str) -> None:
    with pytest.raises(InvalidFilter) as caught:
        parse_query(check_question(question, 1000))
    assert message in str(caught.value)


@pytest.mark.parametrize("question", ["source: " * 1250, "since:when " * 900, "a source:b " * 900, "source:'" * 1200])
def test_a_question_full_of_keys_takes_no_time_to_speak_of(question: str) -> None:
    """Quadratic work would take minutes."""
    for _ in range(5):
        with suppress(QuestionError):
            parse_query(check_question(question, 10_000))


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        (
            "since:2014-13",
            "since “2014-13”: there is no such date. Write a year, a month or a day, as in 2014, 2014-02",
        ),
        ("until:2014-02-30", "until “2014-02-30”: there is no such date"),
        ("since:yesterday", "since “yesterday”: there is no such date"),
        ("since:0000", "since “0000”"),
        ("since:14", "since “14”"),
        ("since:2014-", "since “2014-”"),
        ("since:2014-02-17T00:00", "there is no such date"),
        ("since:17/02/2014", "there is no such date"),
        ("until:-2014", "there is no such date"),
        ("since:2015 until:2014", "No day is both since 2015-01-01 and until 2014-12-31. Exchange the two"),
        ("since:2014 since:2015", "since: is there twice, with “2014” and with “2015”. Keep one of them."),
        ('source:a source:"b"', "source: is there twice, with “a” and with “b”"),
        ("sort:new sort:old", "sort: is there twice"),
        ("sort:old", "There is no order “old”. Write sort:new"),
        ("since:", "There is nothing right after since: where a value belongs, as in since:2014-02."),
        ("since: 2014", "There is nothing right after since:"),
        ('source:""', 'as in source:"The Guardian".'),
        ("author:“ ”", 'as in author:"Ann Lee".'),
        ("source:?!", "nothing right after source:"),
        ("source:---", "source “---”: there is no name in that"),
        ("sort:", "as in sort:new."),
        ('source:"The Guardian', "The quotation mark after source: is not closed."),
        ("author:'The", "The quotation mark after author: is not closed."),
    ],
)
def test_invalid_filters_are_refused_with_a_remedy(terms: str, message: str) -> None:
    with pytest.raises(InvalidFilter) as caught:
        parse_query(check_question(f"who? {terms}", 1000))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("question", ["4", "a", "?", "I 4", "10:30", "и", "4 5 6", "_a_", "é"])
def test_a_question_without_a_word_is_none(question: str) -> None:
    with pytest.raises(EmptyQuestion, match=r"nothing to search for in that question\. Ask in words"):
        check_question(question, 1000)


@pytest.mark.parametrize("question", ["雪", "U.S.?", "5G", "A/B", "911", "2014", "Xu", "in 4", "ไ", "東", "M&M"])
def test_a_short_word_is_a_question(question: str) -> None:
    assert parse_query(check_question(question, 1000)) == Query(question)


@pytest.mark.parametrize(
    "question", ["since:2014", "4 since:2014", "sort:new", '?! source:"Site Default" …', "until:2014 author:Ann"]
)
def test_filters_without_words_are_no_question(question: str) -> None:
    with pytest.raises(EmptyQuestion, match="only where to search. Ask in words too, such as: Who met Kerry"):
        parse_query(check_question(question, 1000))


def test_filters_count_for_the_length_of_a_question() -> None:
    with pytest.raises(QuestionTooLong):
        parse_query(check_question(f"who? source:{'x' * 1000}", 1000))


FRAGMENTS = ["who", "met?", "since:", "until:", "source:", "author:", "sort:", "new", "2014", "-02", '"', "“", "”", "'"]
hostile = st.lists(st.sampled_from([*FRAGMENTS, " ", " ", "\x00", "\n"]) | st.text(max_size=5), max_size=15).map(
    "".join
)


@given(hostile)
def test_any_question_is_parsed_or_refused_with_a_reason(question: str) -> None:
    try:
        query = parse_query(check_question(question, 1000))
    except QuestionError as error:
        message = str(error)
    else:
        checked = check_question(question, 1000)
        assert (query.text == checked) is (query.filters == NO_FILTERS and not query.newest)
        assert set(query.text) <= set(checked)
        message = describe_query(query)
    assert message.isprintable() or not question.isprintable()
    assert "\n" not in message


days = st.dates(date(1, 1, 1)).map(date.isoformat)
names = st.from_regex(r"[A-Za-zéß][A-Za-zéß'&:. -]{0,20}[A-Za-zéß]", fullmatch=True).map(
    lambda name: " ".join(name.split())
)


@given(
    st.fixed_dictionaries({}, optional={"since": days, "source": names, "author": names}),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_filters_are_parsed_wherever_they_are_in_the_question(
    values: dict[str, str], newest: bool, random: Random
) -> None:
    terms = [f'{key}:"{value}"' for key, value in values.items()] + ["sort:new"] * newest
    words = ["who", "met", "Kerry"]
    for term in terms:
        words.insert(random.randint(0, len(words)), term)
    assert parse_query(check_question(" ".join(words), 1000)) == Query("who met Kerry", parse_filters(**values), newest)


@given(hostile)
def test_a_parsed_question_can_be_written_and_parsed_again(question: str) -> None:
    try:
        query = parse_query(check_question(question, 1000))
    except QuestionError:
        return
    again = parse_query(check_question(as_question(query), 10_000))
    assert (again.filters, again.newest) == (query.filters, query.newest)
    assert again == query or ":" in query.text or "：" in query.text


odd_names = st.text(st.sampled_from("aB9é王 -.,:!?'’\"“”„;") | st.characters(codec="utf-8"), max_size=12)


@given(
    st.text(st.sampled_from("aB 9?'\"“,(") | st.characters(codec="utf-8", exclude_characters=":："), max_size=20),
    st.builds(Filters, since=st.none() | st.dates(), source=st.none() | odd_names, author=st.none() | odd_names),
    st.booleans(),
    st.sampled_from([None, 7]),
)
@example("", Filters(author="soft\xadhyphen"), False, None)
def test_any_query_can_be_written_and_parsed_again(
    words: str, filters: Filters, newest: bool, added_after: int | None
) -> None:
    text = on_one_line(f"who {words}")
    again = parse_query(
        check_question(as_question(Query(text, replace(filters, added_after=added_after), newest)), 10_000)
    )
    assert (again.text, again.newest, again.filters.since) == (text, newest, filters.since)
    for name, parsed_name in ((filters.source, again.filters.source), (filters.author, again.filters.author)):
        if name is None or not WORD.search(name):
            assert parsed_name is None
        elif name == on_one_line(name) and not set(name) & set(DOUBLE):
            assert parsed_name == name
        else:
            assert parsed_name is not None
            assert WORD.findall(on_one_line(name)) == WORD.findall(parsed_name)


@pytest.mark.parametrize(
    ("query", "written"),
    [
        (Query("who?", Filters(until=date(2014, 2, 28))), "who? until:2014-02-28"),
        (
            Query("who?", Filters(source="Site Default", author="L'Express")),
            """who? source:"Site Default" author:"L'Express\"""",
        ),
        (Query("who?", Filters(source='The "Sun"'), newest=True), """who? source:'The "Sun"' sort:new"""),
        (Query("who?", Filters(source="""The "Sun' ' one""")), """who? source:"The Sun' ' one\""""),
        (Query("who since:2014"), "who since 2014"),
        (Query("Life after:2014"), "Life after 2014"),
    ],
)
def test_a_query_is_written_as_a_user_would(query: Query, written: str) -> None:
    assert as_question(query) == written


# ── Answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

FAKE = FakeEncoder()


def answerer_of(folder: Path, *articles: Article, hits: int = 9, strictness: float = 0.5) -> Answerer:
    archive = archive_at(folder / "archive", FAKE)
    take_in(archive, FAKE, *articles)
    return Answerer(archive, FAKE, hits=hits, strictness=strictness)


def an_article(
    name: str, text: str, published: date | None = None, source: str | None = None, author: str | None = None
) -> Article:
    return Article(Card(name, "News", None, source, author, published), text)


def ids(answer: Answer) -> list[str]:
    return [found.passage.article.id for found in answer.hits or answer.closest]


def test_passages_that_do_not_pass_the_filters_take_no_place(tmp_path: Path) -> None:
    """A hundred passages are better: filtering after the search would leave nothing."""
    better = [an_article(f"b{n}", "The mayor opened a bridge.", date(2020, 1, 1), "Wire") for n in range(100)]
    inside = an_article("inside", "So a mayor and a bridge, among many other words.", FEBRUARY, "The Guardian")
    answerer = answerer_of(tmp_path, *better, inside)
    for terms in ("until:2014-02", "source:guardian", "source:Guardian since:2014-02 until:2014-02"):
        answer = answerer.answer(f"mayor opened bridge {terms}")
        assert ids(answer) == ["inside"]
        assert answer.searched == parse_query(check_question(f"mayor opened bridge {terms}", 1000))
        assert answer.question == f"mayor opened bridge {terms}"
    assert ids(answerer.answer("mayor opened bridge", filters=parse_filters(source="guardian"))) == ["inside"]
    assert ids(answerer.answer("mayor opened bridge since:2021")) == []
    assert answerer.answer("mayor opened bridge").searched is None


def test_filters_in_the_question_win_over_the_argument(tmp_path: Path) -> None:
    answerer = answerer_of(
        tmp_path, an_article("a", "A mayor.", FEBRUARY, "Wire"), an_article("b", "A mayor.", None, "Sun")
    )
    argument = Filters(since=FEBRUARY, source="Sun")
    answer = answerer.answer("mayor source:wire", filters=argument)
    assert answer.searched == Query("mayor", Filters(since=FEBRUARY, source="wire"))
    assert ids(answer) == ["a"]
    with pytest.raises(InvalidFilter, match="No day is both since 2014-02-01 and until 2013-12-31"):
        answerer.answer("mayor until:2013", filters=argument)
    with pytest.raises(UnknownName, match="has the source “Sunn”. The nearest: “Sun”, “Wire”. Ask for one"):
        answerer.answer("mayor source:Sunn")


def test_an_unknown_name_inside_a_sentence_may_be_a_word_of_it(tmp_path: Path) -> None:
    answerer = answerer_of(
        tmp_path,
        an_article("a", "A mayor opened a bridge.", FEBRUARY, "Wire"),
        an_article("b", "Dogs bark at every mayor, they say.", None, "Sun", author="Ann"),
    )
    for question in (
        "What did the source: a whistleblower, tell the mayor?",
        "Was source:someone near the mayor named?",
    ):
        answer = answerer.answer(question)
        assert (sorted(ids(answer)), answer.searched) == (["a", "b"], None)
    assert ids(answerer.answer("Was source:wire near the mayor named?")) == ["a"]
    answer = answerer.answer("Was author:someone near the mayor named? source:sun")
    assert (ids(answer), answer.searched) == (
        ["b"],
        Query("Was author:someone near the mayor named?", Filters(source="sun")),
    )
    for meant in (
        "Was source:Sunn near the mayor named?",
        'Was source:"sunn" near the mayor named?',
        "source:sunn was the mayor named?",
        "was the mayor named? source:sunn",
        "Was author:someone near the mayor named? source:sunn",
    ):
        with pytest.raises(UnknownName, match="has the source"):
            answerer.answer(meant)


def test_added_after_filters_but_is_not_part_of_searched(tmp_path: Path) -> None:
    answerer = answerer_of(tmp_path, an_article("old", "The mayor opened a bridge.", FEBRUARY, "Wire"))
    before = answerer.archive.generation().number
    take_in(answerer.archive, FAKE, an_article("new", "The mayor opened a second bridge.", FEBRUARY, "Sun"))
    since = Filters(added_after=before)
    answer = answerer.answer("mayor opened bridge", filters=since)
    assert (ids(answer), answer.searched) == (["new"], None)
    answer = answerer.answer("mayor opened bridge source:sun", filters=since)
    assert (ids(answer), answer.searched) == (["new"], Query("mayor opened bridge", Filters(source="sun")))
    assert ids(answerer.answer("mayor opened bridge source:wire", filters=since)) == []
    assert ids(answerer.answer("where is it?", filters=since, before=Turn.of(answer))) == ["new"]
    assert (
        ids(answerer.answer("mayor opened bridge", filters=Filters(added_after=answerer.archive.generation().number)))
        == []
    )


def test_newest_orders_the_answers_by_date_and_leaves_out_other_hits(tmp_path: Path) -> None:
    answerer = answerer_of(
        tmp_path,
        an_article("undated", "The mayor opened a bridge."),
        an_article("oldest", "The mayor opened a bridge in summer.", date(2012, 1, 1)),
        an_article("worse", "The mayor saw a bridge, and someone opened it, and it rained.", date(2013, 5, 5)),
        an_article("same day", "The mayor opened a bridge in rain.", date(2013, 5, 5)),
        an_article("newest", "The mayor opened a bridge once more that day.", date(2014, 1, 1)),
        an_article("other", "Dogs bark loudly.", date(2020, 1, 1)),
    )
    question = "The mayor opened a bridge in rain"
    by_rank = [id_ for id_ in ids(answerer.answer(question)) if id_ in {"worse", "same day"}]
    assert by_rank == ["same day", "worse"]
    for answer in (answerer.answer(f"{question} sort:new"), answerer.answer(question, newest=True)):
        assert ids(answer) == ["newest", "same day", "worse", "oldest", "undated"]
        assert [hit.rank for hit in answer.hits] == [1, 2, 3, 4, 5]
        assert answer.searched == Query(question, newest=True)
        assert answer.confidence == answer.hits[0].confidence
    assert ids(answerer.answer(question, 2, newest=True)) == ["newest", "same day"]


def test_newest_ranks_more_candidates(tmp_path: Path) -> None:
    articles = [
        an_article(
            f"a{n}",
            f"The mayor opened a bridge. {' '.join(f'n{n}w{word}' for word in range(3 * n + 1))}",
            date(2000 + n, 1, 1),
        )
        for n in range(16)
    ]
    answerer = answerer_of(tmp_path, *articles, hits=3)
    assert "a15" not in ids(answerer.answer("mayor opened bridge"))
    assert ids(answerer.answer("mayor opened bridge sort:new")) == ["a15", "a14", "a13"]


def test_newest_keeps_the_order_of_hits_that_do_not_answer(tmp_path: Path) -> None:
    articles = [an_article(f"a{n}", f"Dogs bark{' so' * n}.", date(2000 + n, 1, 1)) for n in range(4)]
    answerer = answerer_of(tmp_path, *articles, strictness=1.0)
    plain, newest = answerer.answer("who bark?"), answerer.answer("who bark?", newest=True)
    assert (newest.answered, newest.hits) == (False, ())
    assert newest.closest == plain.closest


def test_a_query_is_described_in_words() -> None:
    query = Query("who", Filters(FEBRUARY, date(2014, 2, 28), "Site Default", "Ann"), newest=True)
    assert describe_query(query) == (
        "who · since 2014-02-01 · until 2014-02-28 · source: Site Default · author: Ann · newest first"
    )
    assert describe_query(Query("who")) == "who"
