"""Chinese questions that depend on the one before them, the names in them, and what they are completed with."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Card, Span
from retrieval.answer.chinese_keywords import chinese_keywords
from retrieval.answer.chinese_names import chinese_names
from retrieval.answer.context_dependent import is_context_dependent
from retrieval.answer.context_dependent_chinese import SIMPLIFIED, is_chinese, simplified
from retrieval.answer.conversation import Turn, resolve_context
from retrieval.archive.local.archive import LocalArchive
from retrieval.types import Answer, Hit, Passage, Query
from tests.fakes import FakeEncoder, archive_at, take_in

TEXTS = [
    "2014年1月，北京一家法院判处法律学者许志永四年有期徒刑。许志永曾组织新公民运动。",
    "国务卿约翰·克里周六会见了博主王克勤、马晓霖和张贾龙。张贾龙为腾讯财经工作。",
    "北京警方逮捕了李和平律师。他的家人说，警方没有出示证件。",
    "上海的大桥今年开通。村民说，北京的警方没有来。",
]


@pytest.fixture
def archive(tmp_path: Path, fake: FakeEncoder) -> LocalArchive:
    archive = archive_at(tmp_path / "archive", fake)
    take_in(archive, fake, *(Article(Card(str(n), f"第{n}篇"), text) for n, text in enumerate(TEXTS)))
    return archive


def searched(question: str, last: str, archive: LocalArchive, *names: str) -> str:
    return resolve_context(Query(question), Turn(Query(last), names), archive).text


@given(st.text(alphabet="他她它这那呢谁什么的了是在许志永克里·？，。 aI1後來誰", max_size=60))
def test_any_text_can_be_checked(text: str) -> None:
    assert is_context_dependent(text) in {True, False}
    assert len(simplified(text)) == len(text)
    assert all(name in text for name in chinese_names(text))


@pytest.mark.parametrize(
    "question", ["他" * 1000, "这个" * 500, "许志永" * 333, "那" * 999 + "呢", "·" * 1000, "克·" * 500]
)
def test_hostile_questions_take_little_time(archive: LocalArchive, question: str) -> None:
    start = time.process_time()
    searched(question, question, archive)
    searched("他呢？", question, archive)
    chinese_names(question)
    assert time.process_time() - start < 2  # it takes hundredths of a second


def test_the_simplified_forms_are_no_traditional_characters() -> None:
    assert not set(SIMPLIFIED) & set(SIMPLIFIED.values())


def test_names_in_other_letters_do_not_hide_the_language_of_a_question() -> None:
    assert is_chinese("Xu Zhiyong 怎么了？")
    assert is_chinese("Kerry呢？")
    assert not is_chinese("Who is 许志永?")
    assert not is_chinese("なぜ許志永は逮捕されたのか")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TEXTS[0], ["许志永"]),
        (TEXTS[1], ["约翰·克里", "王克勤", "马晓霖", "张贾龙"]),
        ("谁是许志永？", ["许志永"]),
        ("總統馬英九說，他知道。", ["馬英九"]),
        ("高度在变，许多人在金融方面说，周六是假日。", []),
        ("What happened to Xu Zhiyong?", []),
    ],
)
def test_names_are_known_by_their_characters_and_by_what_is_around_them(text: str, expected: list[str]) -> None:
    assert chinese_names(text) == expected


def test_keywords_end_where_the_archive_has_no_pair_and_the_rarest_come_first(archive: LocalArchive) -> None:
    keywords = chinese_keywords("北京警方为什么逮捕李和平？", archive)
    assert [(keyword.text, keyword.frequency) for keyword in keywords] == [("北京警方", 1), ("李和平", 1), ("逮捕", 1)]
    # The archive has no such name, and no friends.
    assert [keyword.text for keyword in chinese_keywords("徐友渔的朋友是谁？", archive)] == ["徐友渔", "朋友"]


def test_he_is_the_person_named_in_the_last_question(archive: LocalArchive) -> None:
    assert searched("他什么时候被捕的？", "许志永怎么了？", archive) == "许志永什么时候被捕的？"
    assert searched("他為什麼被捕？", "许志永怎么了？", archive) == "许志永為什麼被捕？"
    assert searched("她在哪里？", "Xu Zhiyong怎么了？", archive) == "Xu Zhiyong在哪里？"
    assert searched("他什么时候被捕的？", "What happened to Xu Zhiyong?", archive) == "Xu Zhiyong什么时候被捕的？"
    assert searched("When was he arrested?", "许志永怎么了？", archive) == "When was 许志永 arrested?"
    assert searched("许志永为什么被捕？", "王克勤是谁？", archive) == "许志永为什么被捕？"


def test_he_is_the_person_named_in_the_answer_if_the_question_asked_for_a_person(archive: LocalArchive) -> None:
    assert searched("他是谁？", "谁逮捕了李和平？", archive, "王克勤") == "王克勤是谁？ (李和平)"
    assert searched("他是谁？", "李和平是谁？", archive, "王克勤") == "李和平是谁？"
    assert searched("他多大？", "谁是李和平？", archive, "王克勤") == "李和平多大？"


def test_it_is_the_keywords_of_the_last_question_in_their_order(archive: LocalArchive) -> None:
    assert searched("为什么？", "上海的大桥什么时候开通？", archive) == "为什么？ (上海 大桥 开通)"


def test_a_turn_has_the_names_of_a_chinese_answer() -> None:
    passage = Passage("p", Card("a", "标题"), TEXTS[1], 0, len(TEXTS[1]), (Span(0, len(TEXTS[1])),))
    hits = (Hit(passage, 0.9, 1, Span(0, 31)),)
    turn = Turn.of(Answer("国务卿见了谁？", hits))
    assert turn.names == ("约翰·克里", "王克勤", "马晓霖", "张贾龙")
