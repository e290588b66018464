import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.text.urls import canonical_url


@pytest.mark.parametrize(
    "link",
    [
        "https://example.org/2014/02/kerry",
        "http://example.org/a/?p=12&page=2",
        "https://example.org/a;b=1?q=%C3%A9&empty=&x",
        "https://example.org/新闻/故事",
        "http://127.0.0.1:8000/a",
        "http://[2001:db8::1]:8080/a",
        "https://example.org/A/Path/In/Capitals",
    ],
)
def test_a_plain_link_stays_as_it_is(link: str) -> None:
    assert canonical_url(link) == link


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("HTTPS://Example.ORG/A", "https://example.org/A"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:80/a", "http://example.org/a"),
        ("http://example.org:443/a", "http://example.org:443/a"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org/a#comments", "https://example.org/a"),
        ("https://example.org/a?utm_source=x&id=7&UTM_Medium=y&fbclid=z", "https://example.org/a?id=7"),
        ("https://example.org/a?gclid=1", "https://example.org/a"),
        ("https://name:word@example.org/a", "https://example.org/a"),
        (" https://example.org/a b\n", "https://example.org/a%20b"),
    ],
)
def test_parts_that_do_not_identify_the_page_are_removed(link: str, expected: str) -> None:
    assert canonical_url(link) == expected


def test_a_relative_link_is_resolved_against_its_page() -> None:
    page = "https://example.org/2014/index.html"
    assert canonical_url("kerry.html", page) == "https://example.org/2014/kerry.html"
    assert canonical_url("/a", page) == "https://example.org/a"
    assert canonical_url("//other.example/a", page) == "https://other.example/a"
    assert canonical_url("kerry.html") is None


@pytest.mark.parametrize(
    "link",
    [
        *("", " ", "kerry", "mailto:a@example.org", "javascript:alert(1)", "file:///etc/passwd", "ftp://example.org/a"),
        *("https://", "https:///a", "http://[::1", "http://example.org:99999/", "http://example.org:x/", "tag:a.org,1"),
        "https://example.org/" + "a" * 5000,
    ],
)
def test_a_text_that_is_no_link_to_a_page_is_none(link: str) -> None:
    assert canonical_url(link) is None


@given(st.text(max_size=80) | st.from_regex(r"https?://[^\s]{1,60}", fullmatch=True))
def test_a_canonical_url_is_not_changed_again(link: str) -> None:
    canonical = canonical_url(link)
    assert canonical is None or canonical_url(canonical) == canonical
