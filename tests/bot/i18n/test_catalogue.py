"""Translations: every catalogue is complete, and its texts fit the English ones."""

import pickle
import subprocess
import sys
from collections.abc import Callable
from copy import copy, deepcopy
from dataclasses import FrozenInstanceError
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from babel.messages import Catalog
from hypothesis import given
from hypothesis import strategies as st

from bot.i18n.extract_messages import (
    ROOT,
    SIMPLIFIED,
    TEMPLATE,
    TRADITIONAL,
    TRANSLATED,
    faults,
    gather,
    in_traditional,
    read,
    write,
)
from bot.i18n.traditional import traditional
from bot.i18n.translation import (
    ARABIC,
    CHINESE,
    ENGLISH,
    LANGUAGES,
    LOCALES,
    RUSSIAN,
    TRADITIONAL_CHINESE,
    Language,
    for_code,
    to_say,
)
from retrieval.answer.query import check_question, parse_query
from retrieval.archive.filters import matching_names
from retrieval.errors import EmptyQuestion, InvalidFilter, QuestionError, QuestionTooLong, UnknownName
from retrieval.timeline.build_timeline import timeline_of
from tests.bot.running_bot import an_archive

DAY = date(2014, 2, 17)
translations = pytest.mark.parametrize(
    "file", sorted(LOCALES.glob(TRANSLATED)), ids=lambda file: file.parent.parent.name
)


@cache
def words_of_the_sources() -> Catalog:
    return gather()


# ── Language codes, dates and numbers ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("code", "language"),
    [
        *((code, CHINESE) for code in ("zh", "zh-hans", "zh-CN", "zh-SG", "ZH", "zh_Hans_CN")),
        *((code, TRADITIONAL_CHINESE) for code in ("zh-hant", "zh-TW", "zh-HK", "ZH_HANT", "zh-Hant-HK")),
        *((code, LANGUAGES[code.split("-")[0]]) for code in ("es", "es-419", "ar", "ar-EG", "ru")),
    ],
)
def test_a_language_code_gets_its_language_and_script(code: str, language: Language) -> None:
    assert for_code(code) is language


def test_traditional_chinese_is_made_of_the_simplified_catalogue() -> None:
    text = "Nothing in this archive answers that."
    assert CHINESE.say(text) == "这个资料库里没有内容能回答这个问题。"
    assert TRADITIONAL_CHINESE.say(text) == "這個資料庫裡沒有內容能回答這個問題。"
    simplified, written = (_texts(read(LOCALES / file)) for file in (SIMPLIFIED, TRADITIONAL))
    # If this fails: `make words` writes it anew.
    assert written == _texts(in_traditional(read(LOCALES / SIMPLIFIED)))
    assert written.keys() == simplified.keys()
    # A character that stands for several is chosen by the words around it.
    assert traditional("皇后后来在公里之后里面发现了头发") == "皇后後來在公里之後裡面發現了頭髮"


def _texts(catalog: Catalog) -> dict[object, object]:
    return {str(message.id): message.string for message in catalog if message.id}


@pytest.mark.parametrize(
    "code", [None, "", "en", "en-GB", "de", "pt-br", "zhx", "hz", "-zh", "../zh", "\x00", "z" * 9999, "中文"]
)
def test_every_other_language_code_gets_english(code: str | None) -> None:
    assert for_code(code) is ENGLISH


@given(st.text())
def test_any_text_is_accepted_as_a_language_code(code: str) -> None:
    assert for_code(code) in LANGUAGES.values()


def test_dates_and_numbers_follow_the_locale() -> None:
    assert (ENGLISH.day(DAY), CHINESE.day(DAY)) == ("17 February 2014", "2014年2月17日")
    assert (ENGLISH.day(date.min), CHINESE.day(date.max)) == ("1 January 1", "9999年12月31日")
    numbers = {code: language.number(1234567).replace("\xa0", " ") for code, language in LANGUAGES.items()}
    assert numbers == dict.fromkeys(("en", "zh", "zh-hant", "ar"), "1,234,567") | {"es": "1.234.567", "ru": "1 234 567"}


def test_dates_and_commands_stay_in_order_within_arabic() -> None:
    assert ARABIC.day(DAY) == "\u206717 فبراير 2014\u2069"
    text = ARABIC.say("You aren't watching anything here. Start with /watch and a question.")
    assert "\u2068/watch\u2069" in text
    assert "/watch" in CHINESE.say("You aren't watching anything here. Start with /watch and a question.")
    assert "\u2068" not in CHINESE.say("You aren't watching anything here. Start with /watch and a question.")


@pytest.mark.parametrize(("count", "text"), [(0, "0 of A"), (1, "one of A"), (2, "2 of A"), (1234, "1,234 of A")])
def test_singular_and_plural_have_their_own_texts(count: int, text: str) -> None:
    assert ENGLISH.say_n("one of {whose}", "{count} of {whose}", count, whose="A") == text


@given(st.text())
def test_values_are_filled_in_unchanged(value: str) -> None:
    for language in LANGUAGES.values():
        assert language.say("<{value}>", value=value) == f"<{value}>"
        assert language.say_n("<{value}>", "<{value}>", 1, value=value) == f"<{value}>"
        assert value in language.say("{a}{b}", a="{b}", b=value)


def test_untranslated_texts_are_shown_in_english() -> None:
    assert CHINESE.say("Nobody has {this} yet.", this="{this}") == "Nobody has {this} yet."
    assert to_say("as it is") == "as it is"


def test_a_language_never_changes() -> None:
    with pytest.raises(FrozenInstanceError):
        ENGLISH.code = "fr"  # type: ignore[misc]


def test_many_threads_may_translate_at_once() -> None:
    code = (
        "from concurrent.futures import ThreadPoolExecutor; from datetime import date\n"
        "from bot.i18n.translation import CHINESE\n"
        "def speak(_): return CHINESE.day(date(2014, 2, 17)), CHINESE.say(ASKED)\n"
        "ASKED = 'No article in this archive names its source. Ask without source.'\n"
        "with ThreadPoolExecutor(16) as threads: said = set(threads.map(speak, range(64)))\n"
        "assert len(said) == 1 and '来源' in said.pop()[1]"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_help_does_not_wait_for_babel() -> None:
    code = "import sys, bot.i18n.translation; bot.i18n.translation.for_code('zh'); sys.exit('babel' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


# ── Why a question cannot be asked ───────────────────────────────────────────────────────────────────────────────────


def refusal(ask: Callable[[], object]) -> QuestionError:
    with pytest.raises(QuestionError) as caught:
        ask()
    return caught.value


REFUSALS: dict[str, Callable[[], object]] = {
    "QuestionTooLong": lambda: check_question("x" * 2000, 1000),
    "EmptyQuestion": lambda: check_question("?!", 1000),
    "only filters": lambda: parse_query("since:2014"),
    "twice": lambda: parse_query("who? source:{0} source:{value}"),
    "order": lambda: parse_query("who? sort:{order}"),
    "key of another program": lambda: parse_query("who? before:2014"),
    "quotation": lambda: parse_query("who? source:'{key}"),
    "nothing": lambda: parse_query("who? until:"),
    "no date": lambda: parse_query("who? since:{text!r}"),
    "no name": lambda: parse_query("who? author:{}{"),
    "no day": lambda: parse_query("who? since:2015 until:2014"),
    "no sources": lambda: matching_names("source", "{what}", []),
    "no authors": lambda: matching_names("author", "{what}", []),
    "other sources": lambda: matching_names("source", "{nearest}", ["{asked}"]),
    "no name of a timeline": lambda: timeline_of("?!", an_archive()),
    "other authors": lambda: matching_names("author", "{nearest}", ["{asked}"]),
}


@pytest.mark.parametrize("ask", REFUSALS.values(), ids=REFUSALS.keys())
def test_question_errors_are_translated(ask: Callable[[], object]) -> None:
    error = refusal(ask)
    assert str(error) == ENGLISH.of_error(error)
    translated = CHINESE.of_error(error)
    assert any("一" <= character <= "鿿" for character in translated)
    assert translated != str(error)
    for value in error.values.values():
        written = (
            f"“{value[0]}”" if isinstance(value, tuple) else f"{value:,}" if isinstance(value, int) else str(value)
        )
        assert written in translated


def test_names_are_quoted_and_listed_as_each_language_does() -> None:
    error = refusal(lambda: matching_names("source", "Tims", ["The Times", "The {Time}"]))
    assert "“Tims”. The nearest: “The Times”, “The {Time}”." in ENGLISH.of_error(error)
    assert "“The Times”、“The {Time}”" in CHINESE.of_error(error)
    assert "«Tims». Ближе всего: «The Times», «The {Time}»." in RUSSIAN.of_error(error)


def test_every_question_error_is_tested() -> None:
    templates = {
        message.id
        for message in words_of_the_sources()
        if any(file.startswith("retrieval/") for file, _ in message.locations)
    }
    assert {refusal(ask).template for ask in REFUSALS.values()} == templates


@pytest.mark.parametrize("kind", [QuestionError, EmptyQuestion, InvalidFilter, QuestionTooLong, UnknownName])
def test_question_errors_can_be_pickled_and_copied(kind: type[QuestionError]) -> None:
    error = kind("{template} is not {value!r}.", template="{value}", value="}{")
    for copied in (copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own
        assert type(copied) is kind
        assert str(copied) == str(error) == "{value} is not '}{'."
        assert (copied.template, copied.values) == (error.template, error.values)


# ── Catalogues ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_language_but_english_has_a_catalogue() -> None:
    translated = {file.parent.parent.name for file in LOCALES.glob(TRANSLATED)}
    assert {language.locale for language in LANGUAGES.values()} == {"en_GB", *translated}


@translations
def test_a_catalogue_has_every_text_and_no_other(file: Path) -> None:
    """If this fails: `make words` updates the catalogue, and lists what is left to translate."""
    assert faults(read(file), words_of_the_sources()) == []


def test_the_template_matches_the_sources() -> None:
    """Run `make words` to write it."""
    assert identities(read(LOCALES / TEMPLATE)) == identities(words_of_the_sources())


def identities(catalog: Catalog) -> list[str]:
    return sorted(str(message.id) for message in catalog)


def catalogue(original: str | tuple[str, str], translated: str | tuple[str, ...], *flags: str) -> Catalog:
    catalog = Catalog("zh_Hans")
    catalog.add(original, translated, flags=flags)
    return catalog


ONE, MANY = "<b>One</b> hit", "<b>{count}</b> hits"


@pytest.mark.parametrize(
    ("original", "translated", "flags", "fault"),
    [
        ("Who met {name}?", "谁见了{name}？", [], None),
        ("Who met {name}?", "谁见了？", [], "other placeholders or tags"),
        ("Who met {name}?", "谁见了{nome}？", [], "other placeholders or tags"),
        ("Who met {name}?", "谁见了{name}{name}？", [], "other placeholders or tags"),
        ("Who met {name!r}?", "谁见了{name}？", [], "other placeholders or tags"),
        ("Who met {name}?", "谁见了{name？", [], "a brace amiss"),
        ("Who met {name}?", "谁见了name}？", [], "a brace amiss"),
        ("Who met {name}?", "谁见了{name}？", ["fuzzy"], "fuzzy"),
        ("Who met {name}?", "", [], "untranslated"),
        ("<b>Who</b> met?", "谁<b>见</b>了？", [], None),
        ("<b>Who</b> met?", "谁<b>见了？", [], "other placeholders or tags"),
        ("<b>Who</b> met?", "谁<i>见</i>了？", [], "other placeholders or tags"),
        ('<a href="{url}">Who?</a>', '<a href="{url}">谁</a>', [], None),
        ('<a href="{url}">Who?</a>', '<a href="{url} ">谁</a>', [], "other placeholders or tags"),
        ("Who?", "谁 & 谁", [], "other placeholders or tags"),
        ("Who? /help says.", "谁？/help 会说。", [], None),
        ("Who? /help says.", "谁？请看/help。", [], "other placeholders or tags"),
        ("Who? /help says.", "谁？/help会说。", [], "other placeholders or tags"),
        ((ONE, MANY), ("<b>{count}</b>条",), [], None),
        ((ONE, MANY), ("<b>一</b>条",), [], "other placeholders or tags"),
        ((ONE, MANY), ("",), [], "untranslated"),
        ((ONE, MANY), ("<b>一</b>条", "<b>{count}</b>条"), [], "untranslated"),
    ],
)
def test_a_faulty_translation_is_found(
    original: str | tuple[str, str], translated: str | tuple[str, ...], flags: list[str], fault: str | None
) -> None:
    words = Catalog()
    words.add(original)
    first = original if isinstance(original, str) else original[0]
    assert faults(catalogue(original, translated, *flags), words) == ([] if fault is None else [f"{fault}: {first!r}"])


@translations
def test_a_stale_catalogue_is_found(file: Path, tmp_path: Path) -> None:
    """The real one, after the sources have changed and after it has; and `make words` brings it up to them."""
    words = deepcopy(words_of_the_sources())
    gone = next(message for message in words if isinstance(message.id, str) and message.id)
    words.delete(gone.id)
    words.add("Something new, {name}!")
    words.add(("Something", "Some {count}"))
    assert faults(read(file), words) == sorted(
        [f"obsolete: {gone.id!r}", "missing: 'Something new, {name}!'", "missing: 'Something'"]
    )
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / file.name).write_bytes(file.read_bytes())
    write(words, tmp_path)
    brought_up = read(folder / file.name)
    assert identities(brought_up) == identities(words) == identities(read(tmp_path / TEMPLATE))
    assert {fault.partition(":")[0] for fault in faults(brought_up, words)} <= {"untranslated", "fuzzy"}
    assert len(faults(brought_up, words)) >= 2
    unchanged = [message for message in read(file) if message.id != gone.id]
    assert all(brought_up[message.id].string == message.string for message in unchanged if message.id)
    written = {path: path.read_bytes() for path in tmp_path.rglob("*.po*")}
    write(words, tmp_path)
    assert written == {path: path.read_bytes() for path in tmp_path.rglob("*.po*")}
