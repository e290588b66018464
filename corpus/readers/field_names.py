"""The names that an article's fields have in tables and records, in many languages."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from corpus.errors import Unreadable

# If a record has several names of a field, the first in this list that has a value is used.
RECORD_NAMES = {
    "title": "title headline headlines heading head subject posttitle articletitle newstitle storytitle documenttitle"
    " webtitle articleheadline titlepage titlerss titel überschrift artikelüberschrift schlagzeile titre intitulé"
    " titulo título titular encabezado titolo titulek nadpis rubrik overskrift tytuł başlık заголовок название 标题"
    " 標題 题目 題目 タイトル 見出し 제목 name",
    "text": "ctext text body content contents fulltext articletext articlebody articlecontent newstext newsbody"
    " bodytext maintext maincontent plaintext storytext postcontent posttext contenthtml contenttext contentencoded"
    " bodyhtml html story article passage document texthtml rawtext selftext contentelements bodymarkdown"
    " contentmarkdown markdown bodymd contentmd inhalt volltext artikeltext textkörper haupttext artikel texte"
    " texteintégral corps corpsdutexte contenu texto textocompleto contenido cuerpo conteúdo corpo testo contenuto"
    " tekst treść metin текст содержание 正文 内容 內容 全文 本文 본문 내용 leadparagraph shortdescription abstract"
    " summary description teaser excerpt customexcerpt trailtext standfirst snippet introtext lead zusammenfassung"
    " résumé chapô resumen entradilla sommario riassunto 摘要",
    "published": "published publishedat publisheddate publisheddatetime publishdate publishtime publishedtime"
    " datepublished datepublish publicationdate publicationtime publishingdate webpublicationdate"
    " firstpublicationdate publishedon firstpublisheddate firstpublishedat publishup authoredon displaydate pubdate"
    " pubdatetime postdate posteddate dateposted firstpublished releasedate articledate newsdate storydate dateline"
    " date datetime issued datum veröffentlicht veröffentlichtam veröffentlichungsdatum publikationsdatum"
    " erscheinungsdatum erscheinungstag datedepublication datepublication datedeparution dateparution publiéle fecha"
    " fechadepublicación fechapublicación publicado data datadepublicação datapublicação datadipubblicazione"
    " datapubblicazione publicatiedatum дата датапубликации 日期 发布日期 发布时间 發布日期 發布時間 发表时间"
    " 出版日期 報導日期 時間 时间 公開日 日付 날짜 sqldate seendate day time timestamp createdutc created createdat"
    " createdon creationdate datecreated updated updatedat modified lastmodified datemodified datemodify",
    "author": "author authors byline writer writers creator creators reporter journalist primaryauthor postauthor"
    " authorname authornames authordisplayname writtenby storyby by credits contributors autor autoren autorin"
    " verfasser verfasserin redakteur auteur auteurs auteure autores redactor periodista autore autori автор 作者"
    " 记者 記者 著者 기자 user",
    "source": "source publisher publication publicationname newspaper outlet site sitename sitefull website journal"
    " medium medianame provider sourcename newssource agency quelle zeitung verlag journalsource fuente fonte medio"
    " periódico testata giornale источник 来源 來源 媒体 媒體 出典 출처 sourcedomain sourcehostname hostname domain",
    "url": "url link permalink canonicalurl canonical mainentityofpage articleurl articlelink storyurl posturl"
    " newsurl pageurl sourceurl weburl requestedurl respondedurl href uri guid guidurl externalurl adresse enlace"
    " lien ссылка 链接 連結 网址 網址 リンク 링크",
    "language": "language lang inlanguage languagecode langcode locale sprache idioma langue lingua язык 语言 語言"
    " 言語 언어",
    "id": "id guid uuid articleid postid docid documentid docno newsid storyid recordid identifier",
}
# Objects whose fields are those of the article.
NESTED = ("metadata", "meta", "_source", "fields", "thread", "attributes", "sys")
# The parts of a field's value that a table has in columns of their own.
VALUE_PARTS = ("main", "original", "rendered", "name", "value", "$date", "$oid", "#text", "0")
OF_THE_ARTICLE = re.compile(r"(?:post|article|news|story|entry)[ _.-]+", re.IGNORECASE)
BRACKETS = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\])")
MAX_NAMES, MAX_NAME_CHARACTERS = 500, 100
# The names in the front matter of Markdown, in lower case and with _ for -. Fewer names mean a field of the article.
FRONT_MATTER_NAMES = {
    "title": "title headline name",
    "published": "date published publish_date publishdate pubdate pub_date date_published datepublished published_at"
    " published_on created created_at",
    "author": "author authors by byline creator writer",
    "source": "source publication publisher newspaper outlet site site_name",
    "url": "canonical_url canonicalurl canonical url link permalink source_url original_url external_url source",
    "language": "language lang inlanguage locale",
}


def candidates(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Map the fields (title, text, published, author, source, url, language, id) to the names that mean them.

    The likeliest name comes first. A record of very many names is one of something else: its first names count.
    """
    return _candidates(tuple(name for name in names[:MAX_NAMES] if len(name) <= MAX_NAME_CHARACTERS))


@lru_cache(maxsize=1024)
def _candidates(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    by_spelling: dict[str, list[str]] = {}
    for name in names:
        for spelling in dict.fromkeys((_plain(name), _plain(_without_additions(name)))):
            by_spelling.setdefault(spelling, []).append(name)
    for name in names:
        if bare := _bare(name):
            by_spelling.setdefault(bare, []).append(name)
    found = {
        field: tuple(dict.fromkeys(name for spelling in spellings for name in by_spelling.get(spelling, ())))
        for field, spellings in _spellings().items()
    }
    return {field: matches for field, matches in found.items() if matches}


def find_fields(names: tuple[str, ...]) -> dict[str, str]:
    """Map the fields to the likeliest of the names that mean them."""
    return {field: matches[0] for field, matches in candidates(names).items()}


@lru_cache(maxsize=1)
def _spellings() -> dict[str, tuple[str, ...]]:
    return {field: tuple(dict.fromkeys(map(_plain, spellings.split()))) for field, spellings in RECORD_NAMES.items()}


@lru_cache(maxsize=4096)
def is_teaser(name: str) -> bool:
    """Tell whether a name of the text means only a part of it, such as a description."""
    texts = _spellings()["text"]
    return any(spelling in texts[texts.index("leadparagraph") :] for spelling in (_plain(name), _bare(name)))


@lru_cache(maxsize=4096)
def is_publication_date(name: str) -> bool:
    """Tell whether a name means the date of publication, not one of creation or change, which may be another."""
    dates = _spellings()["published"]
    return any(spelling in dates[: dates.index("createdutc")] for spelling in (_plain(name), _bare(name)))


def has_article_fields(names: Iterable[str]) -> bool:
    """Tell whether the names include those of a headline and of a text."""
    return {"title", "text"} <= find_fields(tuple(names)).keys()


def missing_fields_error(names: Iterable[str]) -> Unreadable:
    """Return the error that lists the missing fields and the names of the present ones."""
    names = tuple(names)
    present = find_fields(names)
    required = {"title": "the headline (title, headline …)", "text": "the text (text, body, content …)"}
    missing = " and ".join(description for field, description in required.items() if field not in present)
    shown = ", ".join(f"'{_short(name)}'" for name in names[:12]) + (" …" if len(names) > 12 else "")
    return Unreadable(f"no field has {missing}; there are {f'{shown}: rename one of them so' if shown else 'none'}")


def _without_additions(name: str) -> str:
    """Return a name without what programs add: "Date (UTC)", "headline.main", "fields.bodyText"."""
    parts = [part for part in BRACKETS.sub("", name).split(".") if part]
    while len(parts) > 1 and parts[-1] in VALUE_PARTS:
        parts.pop()
    while len(parts) > 1 and parts[0].casefold() in NESTED:
        parts.pop(0)
    return ".".join(parts)


def _bare(name: str) -> str:
    """Return the rest of a name like "Post Body" or "article_url"; "" for others. A post's name is its address."""
    match = OF_THE_ARTICLE.match(name.strip())
    rest = _plain(name.strip()[match.end() :]) if match else ""
    return "" if rest in ("name", "id") else rest


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name).casefold()
    return "".join(character for character in folded if character.isalnum())


def _short(name: str) -> str:
    line = " ".join(name.split())
    return f"{line[:39]}…" if len(line) > 40 else line
