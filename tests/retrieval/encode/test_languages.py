import pytest

from retrieval.encode.languages import reads, unread_language


@pytest.mark.parametrize(
    ("model", "question", "language"),
    [
        ("bundled", "谁见了克里？", "zh"),
        ("bundled", "Who met Kerry?", None),
        ("bundled", "Who met 克里?", None),
        ("multilingual", "谁见了克里？", None),
        ("/models/of-my-own", "谁见了克里？", None),
    ],
)
def test_only_the_bundled_model_is_known_to_read_english_alone(model: str, question: str, language: str | None) -> None:
    assert unread_language(model, question) == language


def test_a_language_that_is_not_known_counts_as_read() -> None:
    assert reads("bundled", None)
    assert not reads("bundled", "ar")
