"""A question's words as the passages write them: only where the letters differ, and never where the word is there."""

import pytest

from retrieval.answer.names_as_written import as_written


@pytest.mark.parametrize(
    ("question", "passages", "written"),
    [
        ("What did Dorde Dukic win?", ["Đorđe Đukić of Niš won."], "What did Đorđe Đukić win?"),
        ("What did Djordje Djukic win?", ["Đorđe Đukić of Niš won."], "What did Djordje Đukić win?"),
        ("Who is Isil Kilic?", ["Işıl Kılıç left."], "Who is Işıl Kılıç?"),
        ("weissenkirche", ["Die Weißenkirche brannte."], "Weißenkirche"),
        ("Weißenkirche", ["The Weissenkirche burned."], "Weissenkirche"),
        ("Who is Đukić?", ["Dukic left, and Dukic came back. DUKIC spoke."], "Who is Dukic?"),
        # The word itself is there, or nothing differs.
        ("Who is Dukic?", ["Đukić left.", "Dukic stayed."], "Who is Dukic?"),
        ("WHO IS DUKIC?", ["Dukic stayed.", "Đukić left."], "WHO IS DUKIC?"),
        ("Who is Ekman?", ["Ekman left."], "Who is Ekman?"),
        ("Is he at the pier?", ["Nė a sign of hé was at thé pier."], "Is he at the pier?"),
        ("", ["Đukić"], ""),
        ("Who is Dukic?", [], "Who is Dukic?"),
    ],
)
def test_a_word_is_written_as_the_passages_write_it(question: str, passages: list[str], written: str) -> None:
    assert as_written(question, passages) == written
