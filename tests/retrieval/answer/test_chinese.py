"""An archive in Chinese through the whole pipeline: splitting, search, ranking, highlights, refusals.

The encoder is a fake whose tokens are single characters. So these tests show that the pipeline handles Chinese, and not
how well any model knows Chinese.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.article import Article, Card
from corpus.reader_types import Reading, SourceFile
from corpus.readers.text import TextReader
from retrieval.answer.answerer import Answerer
from retrieval.answer.query import as_question, check_question, parse_query
from retrieval.answer.query_features import analyze_question
from retrieval.answer.spelling import correct_spelling
from retrieval.archive.local import lexical
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.lexical import LexicalIndex
from retrieval.cli.json_output import as_json
from retrieval.cli.output import show_status
from retrieval.encode.encoder import Encoder
from retrieval.errors import EmptyQuestion
from retrieval.text.chunking import split
from retrieval.types import Answer, Query
from tests.fakes import SignEncoder, archive_at, take_in
from tests.retrieval.answer.chinese_articles import ANSWERED, TEXTS, UNANSWERED, articles

SIGNS = SignEncoder()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chinese") / "archive"
    archive = archive_at(folder, SIGNS)
    take_in(archive, SIGNS, *articles())
    archive.close()
    return folder


@pytest.fixture(scope="module")
def archive(folder: Path) -> Iterator[LocalArchive]:
    archive = LocalArchive.open(folder)
    yield archive
    archive.close()


@pytest.fixture(scope="module")
def answerer(archive: LocalArchive) -> Answerer:
    return Answerer(archive, SIGNS)


def sentence(answer: Answer) -> str:
    hit = answer.hits[0]
    return hit.passage.text[slice(*hit.highlight)]


@pytest.mark.parametrize(("question", "words"), ANSWERED.items())
def test_the_sentence_that_answers_is_highlighted(answerer: Answerer, question: str, words: str) -> None:
    answer = answerer.answer(question)
    assert answer.answered
    assert words in sentence(answer)
    assert sentence(answer)[-1] in "。！？”."
    assert answer.searched is None


@pytest.mark.parametrize("question", UNANSWERED)
def test_questions_beyond_the_articles_are_not_answered(answerer: Answerer, question: str) -> None:
    assert not answerer.answer(question).answered


def test_another_surname_is_another_person(answerer: Answerer) -> None:
    """The archive has the given name, but not with this surname: the confidence falls."""
    known = answerer.answer("吴国强是谁？")
    assert known.answered
    assert answerer.answer("郭国强是谁？").confidence < known.confidence - 0.05


def test_the_bundled_model_refuses_what_it_has_no_tokens_for(encoder: Encoder, tmp_path: Path) -> None:
    """Unknown tokens are similar to nothing; otherwise any passage would answer any question."""
    archive = archive_at(tmp_path / "archive", encoder)
    take_in(archive, encoder, *articles())
    answerer = Answerer(archive, encoder)
    assert not [question for question in UNANSWERED if answerer.answer(question).answered]
    assert answerer.answer("彗星多少年接近太阳一次？").answered
    archive.close()


def test_passages_are_found_by_words_alone(archive: LocalArchive) -> None:
    titles = list(TEXTS)
    for words, number in [("剪彩", 0), ("禁渔令", 1), ("阁楼", 2), ("水泵", 3), ("夜间门诊", 4), ("彗星", 5)]:
        assert archive.search_words(words, 1)[0].passage.article.title == titles[number]
    assert archive.search_words("Robert Smith是谁", 1)[0].passage.article.title == titles[6]
    assert archive.search_words("小麦", 5) == []
    assert archive.document_frequencies(["剪彩", "小麦"]).by_word == {"剪彩": 1, "小麦": 0}


def test_passages_stay_within_the_token_limit() -> None:
    text = "渔民说，" + "禁渔令让他们失去了收入，" * 40 + "他们不同意。" + "没有标点的长句子" * 40 + "。"
    article = Article(Card("id", "南湾渔民抗议禁渔令", language="zh"), text)
    passages = split(article, SIGNS, SIGNS.max_tokens)
    assert max(SIGNS.count_tokens([f"{article.title}\n{passage.text}" for passage in passages])) <= SIGNS.max_tokens
    assert "".join(passage.text for passage in passages) == text
    assert [passage.text[-1] for passage in passages][:5] == ["，"] * 5


def test_chinese_sentences_end_without_a_space(archive: LocalArchive) -> None:
    passages = archive.passages_of(f"{0:016x}")
    sentences = [passage.text[slice(*span)] for passage in passages for span in passage.sentences]
    assert sentences[0] == "石桥镇横跨青河的新大桥星期一通车。"
    assert sentences[-1] == "老人陈大福说：“我等这一天等了十年！”"
    assert len(sentences) == 5


def test_highlights_count_characters_beyond_the_basic_plane_as_one(tmp_path: Path) -> None:
    archive = archive_at(tmp_path / "archive", SIGNS)
    text = "😀𠮷野家在𡈽浦开了新店😀。第一天来了三百个客人🙂。店长说他很高兴。"
    take_in(archive, SIGNS, Article(Card("id", "𠮷野家开新店", language="zh"), text))
    hit = Answerer(archive, SIGNS).answer("第一天来了多少客人？").hits[0]
    start, end = hit.highlight
    assert text[hit.passage.start + start : hit.passage.start + end] == "第一天来了三百个客人🙂。"
    assert archive.search_words("𠮷野家", 1)[0].passage.id == hit.passage.id
    archive.close()


@pytest.mark.parametrize(
    ("question", "text", "source"),
    [
        ("大桥在哪里？source:新华社", "大桥在哪里？", "新华社"),
        ("谁剪彩source:「云州 日报」", "谁剪彩", "云州 日报"),
        ("source：新华社，谁为大桥剪彩？", "，谁为大桥剪彩？", "新华社"),
        ("“许志永”被判了几年？", "“许志永”被判了几年？", None),
        ("《克里访华》：谁来了？", "《克里访华》：谁来了？", None),
    ],
)
def test_filters_in_a_chinese_question_need_no_spaces(question: str, text: str, source: str | None) -> None:
    query = parse_query(check_question(question, 1000))
    assert (query.text, query.filters.source) == (text, source)
    assert parse_query(as_question(query)) == query


@pytest.mark.parametrize("question", ["？", "？！……", "，。", "　"])
def test_full_width_marks_alone_are_no_question(answerer: Answerer, question: str) -> None:
    with pytest.raises(EmptyQuestion):
        answerer.answer(question)


def corrected(question: str, archive: LocalArchive, encoder: Encoder) -> str:
    return correct_spelling(Query(question), analyze_question(question, archive), archive, encoder).text


@pytest.mark.parametrize("question", ["谁为大桥剪採？", "剪彩剪彩剪", "Smiht是谁？", "史密斯（Robert Smith）是谁？"])
def test_spelling_leaves_chinese_unchanged(archive: LocalArchive, question: str) -> None:
    assert corrected(question, archive, SIGNS) == question


def test_a_misspelled_english_word_among_chinese_is_still_corrected(archive: LocalArchive, encoder: Encoder) -> None:
    assert corrected("harbuor ferry 修好了吗？", archive, encoder) == "harbour ferry 修好了吗？"


def test_json_does_not_escape_chinese(answerer: Answerer) -> None:
    assert "镇长林晓梅为大桥剪彩，随后数百名居民步行过桥。" in as_json(answerer.answer("谁为石桥镇的新大桥剪彩？"))


def test_status_counts_the_articles_of_each_language(archive: LocalArchive, capsys: pytest.CaptureFixture[str]) -> None:
    assert archive.status().languages == (("zh", 8), ("en", 1))
    show_status(archive.status(), "archive")
    assert "\nlanguages  Chinese 8, English 1\n" in capsys.readouterr().out


def test_status_counts_articles_of_unknown_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = archive_at(tmp_path / "archive", SIGNS)
    take_in(archive, SIGNS, Article(Card("id", "Short"), "Too short."), *articles())
    assert set(archive.status().languages) == {("zh", 8), ("en", 1), (None, 1)}
    show_status(archive.status(), "archive")
    assert "Chinese 8, unknown 1, English 1" in capsys.readouterr().out
    archive.close()


def read_text(text: str) -> Article:
    (reading,) = TextReader().read(SourceFile.of(text.encode(), "article.txt", "article.txt", "/files/article.txt"))
    assert isinstance(reading, Reading)
    return reading.article


def test_wrapped_lines_of_chinese_are_joined_without_a_space() -> None:
    assert (
        read_text("标题\n\n镇长林晓梅为\n大桥剪彩，\n随后步行过桥。\n").text == "镇长林晓梅为大桥剪彩，随后步行过桥。"
    )


def test_wrapped_lines_of_english_are_joined_with_a_space_between_quotations() -> None:
    assert read_text("Title\n\nThe mayor said “yes.”\n“No,” said others.\n").text.endswith(
        "said “yes.” “No,” said others."
    )


def test_lines_of_chinese_that_end_a_sentence_are_paragraphs() -> None:
    assert read_text("标题\n\n大桥通车了。\n“我等了十年！”\n").text == "大桥通车了。\n\n“我等了十年！”"


def test_an_article_with_one_changed_word_is_a_near_duplicate(tmp_path: Path) -> None:
    archive = archive_at(tmp_path / "archive", SIGNS)
    bridge, protest = articles()[:2]
    copy = Article(Card("copy", bridge.title, language="zh"), bridge.text.replace("数百名", "几百名"))
    take_in(archive, SIGNS, bridge, protest, copy)
    assert archive.status().distinct_articles == 2
    archive.close()


def test_the_language_of_a_text_file_is_detected() -> None:
    title, text = next(iter(TEXTS.items()))
    assert read_text(f"{title}\n\n{text}\n").card.language == "zh"


def test_a_lexical_index_of_an_earlier_version_is_rebuilt_without_embedding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        save = LexicalIndex.save

        def without_file(self: LexicalIndex, folder: Path, *others: object) -> None:
            save(self, folder, *others)  # type: ignore[arg-type]
            (folder / lexical.ANALYSIS_FILE).unlink()

        patch.setattr(lexical, "searchable", lambda text, _: text)
        patch.setattr(lexical, "ANALYSIS", 1)
        patch.setattr(LexicalIndex, "save", without_file)
        archive = archive_at(tmp_path / "archive", SIGNS)
        take_in(archive, SIGNS, *articles())
        assert archive.search_words("剪彩", 1) == []
        archive.close()
    with caplog.at_level(logging.WARNING):
        archive = LocalArchive.open(tmp_path / "archive")
        assert archive.search_words("剪彩", 1)[0].passage.article.title == next(iter(TEXTS))
    assert "index of words is of another version, which took words otherwise: building it anew" in caplog.text
    assert archive.verify() == []
    archive.close()
    caplog.clear()
    archive = LocalArchive.open(tmp_path / "archive")
    assert archive.search_words("剪彩", 1)
    assert caplog.text == ""
    archive.close()
