"""Author fields and bylines: whole names, without what is no name."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.text.authors import author_line, byline, same_names

PARTICLES = "von van de la der van der di da do del bin ibn al Mac Di De Von Par By".split()


@pytest.mark.parametrize(
    "name",
    [
        *("Bobby Jones", "Toby Helm", "Shelby Foote", "Colby Itkowitz", "Abby Goodwin", "Byron Lee", "Parveen Khan"),
        *("Ursula von Leyden", "Luigi Di Marco", "Di Stefano", "Omar bin Said", "Ian Mac Donald", "Jan van der Meer"),
        *(
            "Ana de la Cruz",
            "José Ortega y Gasset",
            "Jean-Paul d’Arc",
            "Davide Dipasquale",
            "Vonda Shepard",
            "Porter Lee",
        ),
        *("Department of Trade and Industry", "Women in Media", "Reuters Staff", "Nan Goldin", "Anna Lindqvist, Jr."),
        *("Lindqvist, Anna", "The Coast", "J. R. Ek", "Adi Parson", "Sandy Bypass", "Robby Di Par"),
    ],
)
@pytest.mark.parametrize("language", [None, "en", "de", "it", "fr", "es"])
def test_a_name_stays_as_it_is_written(name: str, language: str | None) -> None:
    assert author_line(name, language) == name


@given(
    st.lists(st.from_regex(r"[A-Z][a-z]{1,9}by|[A-Z][a-z]{2,9}|von|di|par|de la|van der", fullmatch=True), max_size=3)
)
def test_no_part_of_a_name_is_cut(words: list[str]) -> None:
    name = " ".join(["Toby", *words, "Lindqvist"])
    for language in ("en", "de", "it", "fr", "nl"):
        assert author_line(name, language) == name
        assert author_line(f"By {name}", language) == name


@pytest.mark.parametrize(
    ("written", "language", "author"),
    [
        ("By Colby Itkowitz", "en", "Colby Itkowitz"),
        ("BY: Anna Lindqvist", None, "Anna Lindqvist"),
        ("Written by Anna Lindqvist", "en", "Anna Lindqvist"),
        ("Von Anna Berg", "de-AT", "Anna Berg"),
        ("Par Zoé Lefèvre", "fr", "Zoé Lefèvre"),
        ("di Anna Rossi", "it", "Anna Rossi"),
        ("Por Ana Díaz", "es", "Ana Díaz"),
        ("Door Jan van der Meer", "nl", "Jan van der Meer"),
        ("作者：李安", "zh", "李安"),
        ("李安、王伟", "zh", "李安, 王伟"),
        ("By Anna Lindqvist and Bo Ek in Oslo", "en", "Anna Lindqvist, Bo Ek"),
        ("Anna Lindqvist in Oslo, Norway", "en", "Anna Lindqvist"),
        ("Anna Lindqvist & Bo Ek", None, "Anna Lindqvist, Bo Ek"),
        ("Anna Berg und Bo Ek", "de", "Anna Berg, Bo Ek"),
        ("Ana Díaz y Juan Pérez en Madrid", "es", "Ana Díaz, Juan Pérez"),
        ("Marie Roux et Jean Blanc", "fr", "Marie Roux, Jean Blanc"),
        ("Anna Berg en Bo Ek", "nl", "Anna Berg, Bo Ek"),
        ("Anna Lindqvist, Bo Ek, and Cy Ray", "en", "Anna Lindqvist, Bo Ek, Cy Ray"),
        ("Anna Lindqvist;Bo Ek", None, "Anna Lindqvist, Bo Ek"),
        ("Lindqvist, Anna; Ek, Bo", None, "Lindqvist, Anna; Ek, Bo"),
        ("Anna Lindqvist, ANNA LINDQVIST", None, "Anna Lindqvist"),
        ("Anna Lindqvist, Staff Writer", "en", "Anna Lindqvist"),
        ("Anna Lindqvist, Chief Political Correspondent", "en", "Anna Lindqvist"),
        ("Anna Lindqvist\nStaff Writer", "en", "Anna Lindqvist"),
        ("Anna Lindqvist | 17 February 2014", "en", "Anna Lindqvist"),
        ("By Anna Lindqvist, February 17, 2014", "en", "Anna Lindqvist"),
        ("anna@coast.example (Anna Lindqvist)", None, "Anna Lindqvist"),
        ("Anna Lindqvist <anna@coast.example>", None, "Anna Lindqvist"),
        ("Anna Lindqvist, https://coast.example/anna", None, "Anna Lindqvist"),
        ("Anna Lindqvist (@annal)", None, "Anna Lindqvist"),
        ("<a href='/a'>Anna Lindqvist</a>", None, "Anna Lindqvist"),
        ("['Anna Lindqvist', 'Bo Ek']", None, "Anna Lindqvist, Bo Ek"),
        ('["By Anna Lindqvist", "Bo Ek"]', None, "Anna Lindqvist, Bo Ek"),
        ("[Anna Lindqvist, Bo Ek]", None, "Anna Lindqvist, Bo Ek"),
        ("('Anna Lindqvist',)", None, "Anna Lindqvist"),
        ('{"Anna Lindqvist","Bo Ek"}', None, "Anna Lindqvist, Bo Ek"),
        ("[{'name': 'Anna Lindqvist', 'id': 7}]", None, "Anna Lindqvist"),
        ("Anna Lindqvist, nan", None, "Anna Lindqvist"),
    ],
)
def test_what_is_no_name_is_left_out(written: str, language: str | None, author: str) -> None:
    assert author_line(written, language) == author
    assert author_line(author_line(written, language), language) == author


@pytest.mark.parametrize(
    "written",
    [
        *("", " ", "nan", "NaN", "NaT", "None", "null", "\\N", "N/A", "n.a.", "-", "—", "[]", "{}", "['']", "[None]"),
        *("unknown", "Unknown Author", "undefined", "https://coast.example/author/anna", "/author/anna-lindqvist/"),
        *("anna@coast.example", "mailto:anna@coast.example", "Staff", "Staff Writer", "by Staff", "By", "@annal"),
        *("www.coast.example/anna", "17 February 2014", "5 min read"),
    ],
)
def test_a_field_without_a_name_gives_no_author(written: str) -> None:
    assert author_line(written, "en") is None


def test_a_list_of_fields_is_a_list_of_authors() -> None:
    assert author_line(["Anna Lindqvist", "By Bo Ek", "nan", "Anna Lindqvist"]) == "Anna Lindqvist, Bo Ek"


@pytest.mark.parametrize(
    ("line", "language", "author", "published"),
    [
        ("By Anna Lindqvist", "en", "Anna Lindqvist", None),
        ("BY ANNA LINDQVIST AND BO EK", "en", "ANNA LINDQVIST, BO EK", None),
        ("By Anna Lindqvist, Staff Writer", "en", "Anna Lindqvist", None),
        ("By Anna Lindqvist and Bo Ek in Oslo", "en", "Anna Lindqvist, Bo Ek", None),
        ("By Ursula von Leyden | 17 February 2014", "en", "Ursula von Leyden", "17 February 2014"),
        ("By Anna Lindqvist February 17, 2014", "en", "Anna Lindqvist", "February 17, 2014"),
        ("By Reuters", "en", "Reuters", None),
        ("By Staff", "en", None, None),
        ("Von Anna Berg", "de", "Anna Berg", None),
        ("作者：李安", "zh", "李安", None),
    ],
)
def test_a_line_that_is_only_a_byline(line: str, language: str, author: str | None, published: str | None) -> None:
    assert byline(line, language) == (author, published)


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("By Sunday night", "en"),
        ("By Monday", "en"),
        ("By the way", "en"),
        ("By Sunday Morning", "en"),
        ("By Road and River", "en"),
        ("By continuing to lie about cookies the company broke the law.", "en"),
        ("By Anna Lindqvist had been warned, said the mayor.", "en"),
        ("Bobby Jones", "en"),
        ("Von Hamburg nach Kiel", "de"),
        ("Von Anna Berg", "en"),
        ("By Air", "en"),
        ("", "en"),
    ],
)
def test_a_line_of_the_text_is_no_byline(line: str, language: str) -> None:
    assert byline(line, language) is None


def test_a_byline_with_more_names_completes_the_authors() -> None:
    more = same_names("Abby Goodwin, Thomas Byrne", "ABBY GOODWIN, THOMAS BYRNE, ROBERT PEAR")
    assert more == "Abby Goodwin, Thomas Byrne, Robert Pear"
    assert same_names("Abby Goodwin", "Abby Goodwin") is None
    assert same_names("Abby Goodwin", "Thomas Byrne, Robert Pear") is None


@given(st.text(max_size=300), st.sampled_from([None, "en", "de", "es", "zh"]))
def test_any_text_gives_a_line_or_nothing(text: str, language: str | None) -> None:
    line = author_line(text, language)
    assert line is None or (line.strip() and "\n" not in line)
    byline(text, language)


@pytest.mark.parametrize(
    "piece", ["a1, ", "x and y ", "(" * 9, "[", "@a ", "a@", "<a ", "By ", " in A", "和", "| ", "2014, ", "writer "]
)
def test_a_malicious_field_is_read_in_time(piece: str) -> None:
    start = time.process_time()
    author_line(piece * 50_000)
    author_line(f"[{piece * 50_000}]")
    byline(piece * 50_000)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("written", "language", "expected"),
    [
        ("Par Anne de La Tour, à Lyon", "fr", "Anne de La Tour"),
        ("Propos recueillis par Anne Roux", "fr", "Anne Roux"),
        ("Ein Kommentar von Anna Lindqvist", "de", "Anna Lindqvist"),
        ("Anna Lindqvist (Text) und Bo Ek (Fotos)", "de", "Anna Lindqvist, Bo Ek"),
        ("Anna Lindqvist (dpa)", "de", "Anna Lindqvist"),
        ("(dpa)", "de", "dpa"),
        ("Anna Lindqvist et al.", "en", "Anna Lindqvist"),
        ("Anna Lindqvist, et al", "en", "Anna Lindqvist"),
        ("Anna Lindqvist and agencies in Oslo", "en", "Anna Lindqvist"),
        ("Anna Lindqvist and Bo Ek, The Associated Press", "en", "Anna Lindqvist, Bo Ek"),
        ("Story by Anna Lindqvist; photos by Bo Ek", "en", "Anna Lindqvist"),
        ("Photos by Bo Ek", "en", None),
        ("View all posts by Anna Lindqvist", "en", "Anna Lindqvist"),
        ("Текст: Анна Иванова", "ru", "Анна Иванова"),
        ("記者王小明/台北報導", "zh", "王小明"),
        ("本报记者 王小明", "zh", "王小明"),
        ("admin", "en", None),
        ("Super User", "en", None),
        ("The Editorial Board", "en", "The Editorial Board"),
        ("Theo Andersen, Bo Ek", "en", "Theo Andersen, Bo Ek"),
        ("Al Gordon, Guest Anders", "en", "Al Gordon, Guest Anders"),
        ("Von der Heyde", "de", "Von der Heyde"),
    ],
)
def test_places_agencies_and_placeholders_are_no_authors(written: str, language: str, expected: str | None) -> None:
    assert author_line(written, language) == expected


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("By Anna Lindqvist, The Coast", "Anna Lindqvist"),
        ("By Anna Lindqvist / The Coast", "Anna Lindqvist"),
        ("Par Anne de La Tour, à Lyon", "Anne de La Tour"),
    ],
)
def test_a_byline_may_name_the_newspaper_or_the_place(line: str, author: str) -> None:
    stated = byline(line, "fr" if line.startswith("Par") else "en")
    assert stated is not None
    assert stated.author == author
