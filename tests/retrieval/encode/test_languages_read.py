import pytest

from retrieval.encode.languages_read import reads, unread_language


@pytest.mark.parametrize(
    ("model", "language", "unread"),
    [
        ("bundled", "zh", "zh"),
        ("bundled", "en", None),
        ("bundled", None, None),
        ("multilingual", "zh", None),
        ("/models/of-my-own", "zh", None),
    ],
)
def test_only_the_bundled_model_is_known_to_read_english_alone(
    model: str, language: str | None, unread: str | None
) -> None:
    assert unread_language(model, language) == unread


def test_a_language_that_is_not_known_counts_as_read() -> None:
    assert reads("bundled", None)
    assert not reads("bundled", "ar")
