"""The names that an article's fields have in tables and records, in many languages."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from corpus.errors import Unreadable

# If a record has several names of a field, the first in this list is used.
RECORD_NAMES = {
    "title": "title headline heading head subject posttitle articletitle newstitle name titel überschrift schlagzeile"
    " titre titulo titular titolo заголовок название 标题 標題 题目 タイトル 見出し 제목",
    "text": "text body content contents fulltext articletext articlebody articlecontent bodytext maintext maincontent"
    " postcontent contenthtml contenttext contentencoded bodyhtml html story article passage document texthtml inhalt"
    " volltext artikel texte contenu texto contenido cuerpo conteudo testo contenuto текст содержание 正文 内容 內容"
    " 本文 본문 내용 abstract summary description teaser excerpt",
    "published": "published publishedat publisheddate publishdate datepublished publicationdate publishedon pubdate"
    " pubdatetime postdate firstpublished releasedate articledate newsdate dateline date datetime day created createdat"
    " creationdate issued timestamp time updated updatedat modified datum veröffentlicht erscheinungsdatum fecha data"
    " дата 日期 发布日期 发布时间 發布日期 時間 时间 公開日 날짜",
    "author": "author authors byline writer writers creator reporter journalist postauthor authorname autor autoren"
    " verfasser auteur autore автор 作者 记者 記者 著者 기자",
    "source": "source publisher publication newspaper outlet site sitename website journal medium provider sourcename"
    " agency quelle zeitung fuente fonte periodico источник 来源 來源 媒体 出典 출처",
    "url": "url link permalink canonicalurl canonical articleurl sourceurl weburl href uri guidurl externalurl adresse"
    " enlace lien ссылка 链接 連結 网址 リンク 링크",
    "language": "language lang languagecode langcode locale sprache idioma langue lingua язык 语言 語言 言語 언어",
    "id": "id guid uuid articleid postid docid documentid docno newsid storyid recordid identifier",
}
# The names in the front matter of Markdown, in lower case and with _ for -. Fewer names mean a field of the article.
FRONT_MATTER_NAMES = {
    "title": "title headline name",
    "published": "date published publish_date publishdate pubdate pub_date date_published datepublished published_at"
    " published_on created created_at",
    "author": "author authors by byline creator writer",
    "source": "source publication publisher newspaper outlet site site_name",
    "url": "canonical_url canonicalurl canonical url link permalink source_url original_url external_url source",
    "language": "language lang locale",
}


@lru_cache(maxsize=256)
def find_fields(names: tuple[str, ...]) -> dict[str, str]:
    """Map the fields (title, text, published, author, source, url, language, id) to the names that mean them."""
    by_spelling: dict[str, str] = {}
    for name in names:
        by_spelling.setdefault(_plain(name), name)
    fields = {}
    for field, spellings in RECORD_NAMES.items():
        matches = [by_spelling[spelling] for spelling in map(_plain, spellings.split()) if spelling in by_spelling]
        if matches:
            fields[field] = matches[0]
    return fields


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
    return Unreadable(f"no field has {missing}; there are {shown or 'none'}")


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name).casefold()
    return "".join(character for character in folded if character.isalnum())


def _short(name: str) -> str:
    line = " ".join(name.split())
    return f"{line[:39]}…" if len(line) > 40 else line
