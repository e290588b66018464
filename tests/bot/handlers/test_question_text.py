"""The question in a message that was copied from a page's source."""

import time

import pytest

from bot.handlers.question_text import without_tags


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<b>Who</b> owns the plant?<script>alert(1)</script>", "Who owns the plant?"),
        ('<a href="https://example.org">Who</a> met <i>Kerry</i>?<br/>', "Who met Kerry?"),
        ("Is 3 < 4, and 5 > 4?", "Is 3 < 4, and 5 > 4?"),
        ("What does <T> mean?", "What does <T> mean?"),
        ("<b></b>", "<b></b>"),
    ],
)
def test_tags_and_scripts_are_left_out_but_for_a_text_of_nothing_else(text: str, plain: str) -> None:
    assert " ".join(without_tags(text).split()).replace(" ?", "?") == plain


@pytest.mark.parametrize("part", ["<a ", "<script>", "<script>x", "</script ", "<", "<b" + " " * 9])
def test_hostile_texts_take_little_time(part: str) -> None:
    start = time.process_time()
    without_tags(part * (4096 // len(part)))
    assert time.process_time() - start < 1
