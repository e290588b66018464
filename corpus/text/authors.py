"""Author fields: the names in what a file writes as its author, without "by", roles, places, links and placeholders."""

import json
import re
import warnings
from ast import literal_eval
from collections.abc import Iterable
from typing import Any, NamedTuple

from corpus.text.boilerplate import is_date_line

MAX_AUTHOR_CHARACTERS, MAX_BYLINE_CHARACTERS, MAX_NAMES = 2000, 120, 30
# What programs write for a missing value, and for an author that nobody filled in.
PLACEHOLDER = re.compile(
    r"\W*(?:nan|nat|none|null|nil|\\n|n\.?/?a\.?|undefined|unknown(?: author)?|no author|not available|anonymous user"
    r"|by|admin|administrator|webmaster|wordpress|super ?user|not set|n\.\s?n\.?)?\W*",
    re.IGNORECASE,
)
# The word before an author's name, by language: in other languages "Di" and "Von" are part of names.
BYLINE_WORDS = {
    "de": "von",
    "fr": "par",
    "es": "por",
    "pt": "por",
    "it": "di",
    "nl": "door",
    "ca": "per",
    "sv": "av",
    "nb": "av",
    "nn": "av",
    "no": "av",
    "da": "af",
    "ru": "автор",
}
VERBS = "written|posted|reported|published|story|words|text|report|compiled|analysis|opinion|interview|review|article"
ENGLISH_PREFIX = re.compile(
    rf"(?:(?:{VERBS}|(?:view |see |read )?(?:all|more) (?:posts|articles|stories))\s+)?by(?:\s*[:：]\s*|\s+)",
    re.IGNORECASE,
)
# Phrases that are no part of a name in any language: "Ein Kommentar von", "Propos recueillis par".
FOREIGN_PREFIX = re.compile(
    r"ein(?:e)? \w{4,20} von\s+|(?:propos recueillis|écrit|rédigé|publié|posté)\s+par\s+|(?:escrito|publicado)\s+por\s+"
    r"|(?:a cura di|scritto da|pubblicato da)\s+",
    re.IGNORECASE,
)
CHINESE_PREFIX = re.compile(
    r"(?:作者|著者|撰文)\s*[:：/／|｜]?\s*|(?:记者|記者|文)\s*[:：/／|｜]\s*"
    r"|(?:本报|本報)?(?:记者|記者)\s*(?=[\u3400-\u9fff]{2,4}(?:$|[\s/／、，,]))"
)
CHINESE_PLACE = re.compile(r"\s*[/／]\s*[\u3400-\u9fff]{0,6}(?:报道|報導|報道|电|電)$")
LABEL = re.compile(
    r"(?:authors?|autor(?:en|es)?|auteurs?|autore|автор|text[eo]?|testo|tekst|текст)\s*[:：]\s*", re.IGNORECASE
)
LINK = re.compile(r"[(\[<]?(?:mailto:|(?:https?:)?//|www\.)[^\s,;]+|/[^\s,;]*/[^\s,;]*", re.IGNORECASE)
MAIL = re.compile(r"[(\[<]?[^\s,;:()<>\[\]@]{1,100}@[^\s,;:()<>\[\]@]{1,100}[)\]>]?")
HANDLE = re.compile(r"[(\[]?(?<![^\s(\[])@\w{1,50}[)\]]?")
TAG = re.compile(r"</?[A-Za-z][^<>]*>")
DIVIDER = re.compile(r"\s+[|｜•·–—/]\s+|\s*[|｜]\s*|\s*\n\s*")
COMMA = re.compile(r"\s*[,，、]\s*(?:(?:and|und|et)\s+|&\s*)?")
CONJUNCTION = re.compile(r"\s+(?:and|AND|And|und|UND|et|ET|y|Y|e|och|og|и|&|\+)\s+|\s*[与和]\s*(?=\S{2,4}$)")
# In Dutch "en" is "and", in French and Spanish "in".
DUTCH_CONJUNCTION = re.compile(r"\s+(?:en|EN|&)\s+")
PLACE = re.compile(r"(?<=\w)\s+(?:in|à)\s+(?:the\s+)?[^\W\da-z_]\S*(?:\s+\S+){0,3}$")
ROMANCE_PLACE = re.compile(r"(?<=\w)\s+(?:in|en|à)\s+[^\W\da-z_]\S*(?:\s+\S+){0,3}$")
ROLE_NOUNS = (
    "writer|reporter|correspondent|editor|columnist|contributor|journalist|photographer|producer|critic|blogger|staff"
    "|editor-in-chief|bureau chief|redakteur(?:in)?|korrespondent(?:in)?|redakteurin|journaliste|correspondant(?:e)?"
)
ROLE = re.compile(
    rf"(?:[\w'’&-]{{1,30}} ){{0,4}}(?:{ROLE_NOUNS})s?(?: (?:for|of|at|in|to|on) .{{1,60}})?", re.IGNORECASE
)
# A role without a name before it: "Staff Writer", but not "Reuters Staff".
ROLE_ALONE = re.compile(
    rf"(?:(?:staff|senior|special|guest|our|own|freelance|contributing|web|online|news|editorial) )*(?:{ROLE_NOUNS})s?",
    re.IGNORECASE,
)
NO_NAME = re.compile(
    r"(?:(?:last )?updated|published|posted)\b.*|\d{1,3} min(?:ute)?s?(?: read)?|(?:et )?al\.?|others|agencies"
    r"|(?:photo(?:graph)?s?|photography|pictures?|video|illustrations?|graphics?|fotos?)\s*(?:by\b|von\b|par\b|:).*",
    re.IGNORECASE,
)
# "in Oslo" between commas.
PLACE_ALONE = re.compile(r"(?:in|en|à|aus)\s+[^\W\da-z_]\S*(?:\s+\S+){0,3}")
# What follows names that are not written out.
AND_OTHERS = re.compile(
    r",?\s+(?:(?:and|with|und|&)\s+(?:others|agencies|wires|andere|agenturen)|et\s+al\.?)(?=$|\s+in\s)", re.IGNORECASE
)
# "Anna Lindqvist (dpa)", "Anna Lindqvist (Text)".
ADDITION = re.compile(r"(?<=\S \S)(\S*)\s*\([^()]{1,40}\)?$")
ORGANISATION = re.compile(r"The [A-Z].*")
PARTICLES = frozenset(
    "von van de der den del della di da do dos das du des la le les el al bin ibn bint ben ter ten te zu zur y e af av"
    " und of".split()
)
AGENCIES = frozenset("afp ap dpa ansa efe reuters apa upi xinhua tass".split())
NAME_WORD = re.compile(r"[^\W\d_](?:[\w.'’-]*[\w.])?")
NO_NAME_WORDS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august"
    " september october november december the a an today tomorrow yesterday".split()
)
TOWN = re.compile(r"[^\W\d_a-zß-öø-ÿ][\w'’-]{2,30}")
MAX_NAME_WORDS = 6
STRIPPED = " \t\n\xa0,;:|•·–—/()[]"


class Byline(NamedTuple):
    """What a line such as "By Anna Lindqvist | 17 February 2014" states."""

    author: str | None
    published: str | None


def author_line(written: str | Iterable[str] | None, language: str | None = None) -> str | None:
    """Return the names in a written author field, separated by commas; None if it names nobody.

    A list of strings is a list of authors.
    """
    names: dict[str, str] = {}
    for field in [written] if isinstance(written, str) else written or ():
        for name in _names(field[:MAX_AUTHOR_CHARACTERS], language):
            names.setdefault(name.casefold(), name)
    return ", ".join(list(names.values())[:MAX_NAMES]) or None


def byline(line: str, language: str | None = None) -> Byline | None:
    """Return what a line of text states if it is only a byline ("By Anna Lindqvist"); None if it is anything else."""
    line = line.strip()
    if len(line) > MAX_BYLINE_CHARACTERS:
        return None
    unprefixed = without_byline_word(line, language)
    if unprefixed == line:
        return None
    unprefixed, published = _without_date(unprefixed)
    first, *others = _parts(unprefixed, language)
    named = [first, *(part for part in others if not ROLE.fullmatch(part) and not ORGANISATION.fullmatch(part))]
    if len(named) > 1 and TOWN.fullmatch(named[-1]) and all(" " in name for name in named[:-1]):
        # "By Ada Holm, Brackwater"
        place = named.pop()
        line = re.sub(rf"\s*,\s*{re.escape(place)}\b", "", line, count=1)
    if not all(map(_looks_like_a_name, named)):
        return None
    return Byline(author_line(line[: len(line) - len(published or "")].rstrip(" |•·–—,"), language), published)


def without_byline_word(text: str, language: str | None = None) -> str:
    """Remove the word before an author's name ("By", and "Von" in German); never a part of a name."""
    text = text.strip()
    for prefix in (LABEL, ENGLISH_PREFIX, FOREIGN_PREFIX, CHINESE_PREFIX):
        if (match := prefix.match(text)) and text[match.end() :].strip():
            return text[match.end() :]
    word = BYLINE_WORDS.get((language or "")[:2].lower())
    match = re.match(rf"{word}(?:\s*[:：]\s*|\s+)", text, re.IGNORECASE) if word else None
    # "Di Stefano" and "Von der Heyde" are names: only a word before a first and a last name is no part of one.
    names = text[match.end() :].split() if match else []
    is_prefix = match is not None and (":" in match[0] or (len(names) > 1 and names[0] not in PARTICLES))
    return text[match.end() :] if match and is_prefix else text


def same_names(author: str, written: str) -> str | None:
    """Return all names of a byline if it names every author and more; None if not.

    The names keep the spelling of `author`; other names that the byline writes in capitals get small letters.
    """
    known = {name.casefold(): name for name in author.split(", ")}
    names = written.split(", ")
    if not known.keys() < {name.casefold() for name in names}:
        return None
    capitals = all(name == name.upper() for name in names) and author != author.upper()
    return ", ".join(known.get(name.casefold(), name.title() if capitals else name) for name in names)


def _names(field: str, language: str | None) -> list[str]:
    items = _list_items(field.strip())
    if items is not None:
        return [name for item in items for name in _names(item, language)]
    text = HANDLE.sub(" ", MAIL.sub(" ", LINK.sub(" ", TAG.sub(" ", field))))
    if ";" in text:
        # "Lindqvist, Anna; Ek, Bo" is left as it is: cut at the commas, it would name four.
        people = [" ".join(part.split()) for part in text.split(";")]
        people = [without_byline_word(person, language) for person in people if not _is_no_name(person, first=True)]
        return people if not any("," in person for person in people) else ["; ".join(people)]
    unprefixed = without_byline_word(text, language)
    if len(unprefixed) <= MAX_BYLINE_CHARACTERS:
        unprefixed, _ = _without_date(unprefixed)
    parts = _parts(unprefixed, language)[:MAX_NAMES]
    return [part for index, part in enumerate(parts) if not _is_no_name(part, first=index == 0)]


def _parts(text: str, language: str | None) -> list[str]:
    """Split a field at dividers, commas and conjunctions, never inside a name, and remove places.

    "José Ortega y Gasset" is one name: a conjunction separates names only if each has a first and a last name.
    """
    code = (language or "")[:2].lower()
    conjunction = DUTCH_CONJUNCTION if code == "nl" else CONJUNCTION
    text = CHINESE_PLACE.sub("", AND_OTHERS.sub("", text))
    pieces: list[str] = []
    for piece in (piece for line in DIVIDER.split(text) for piece in _comma_parts(line)):
        start = 0
        for match in conjunction.finditer(piece):
            before, after = piece[start : match.start()], piece[match.end() :]
            if match[0].strip() in ("与", "和") or (
                len(before.split()) > 1 and len(conjunction.split(after, maxsplit=1)[0].split()) > 1
            ):
                pieces.append(before)
                start = match.end()
        pieces.append(piece[start:])
    place = ROMANCE_PLACE if code in ("es", "fr", "ca") else PLACE
    parts: list[str] = []
    after_a_place = False
    for piece in pieces:
        line = " ".join(ADDITION.sub(r"\1", piece.strip()).strip(STRIPPED).split())
        if PLACE_ALONE.fullmatch(line) and parts:
            after_a_place = True
        elif line and not (after_a_place and " " not in line):  # "in Oslo, Norway"
            person = place.sub("", line)
            after_a_place = person != line and " " in person
            parts.append(person if after_a_place else line)
    return parts or [""]


def _comma_parts(line: str) -> list[str]:
    """Split a line at its commas, unless it is a date."""
    return [line] if is_date_line(line) else COMMA.split(line)


def _is_no_name(part: str, *, first: bool) -> bool:
    return bool(
        PLACEHOLDER.fullmatch(part)
        or (ROLE_ALONE if first else ROLE).fullmatch(part)
        or NO_NAME.fullmatch(part)
        or is_date_line(part)
        or (not first and ORGANISATION.fullmatch(part))
    )


def _looks_like_a_name(part: str) -> bool:
    words = part.split()
    if len(words) == 1:
        return words[0].casefold() in AGENCIES or bool(ROLE_ALONE.fullmatch(part)) or not part.isascii()
    return len(words) <= MAX_NAME_WORDS and all(
        word in PARTICLES
        or (NAME_WORD.fullmatch(word) and not word[0].islower() and word.casefold() not in NO_NAME_WORDS)
        for word in words
    )


def _without_date(text: str) -> tuple[str, str | None]:
    """Split the date off the end of a byline."""
    for divider in (r"\s*[|｜•·–—]\s*", r"\s*,\s*", r"\s+(?:on\s+)?(?=\d|[A-Z][a-z]{2,8}\.? \d)"):
        for match in re.finditer(divider, text):
            if is_date_line(text[match.end() :]):
                return text[: match.start()], text[match.end() :]
    return text, None


def _list_items(text: str) -> list[str] | None:
    """Return the items of a list that a program wrote as text (Python, JSON, PostgreSQL); None if it is none."""
    if text[:1] + text[-1:] not in ("[]", "()", "{}"):
        return None
    values: Any = None
    for parse in (json.loads, literal_eval):
        try:
            with warnings.catch_warnings(action="ignore"):  # of escapes that Python does not know
                values = parse(text)
            break
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
    if isinstance(values, dict):
        values = [values]
    if not isinstance(values, list | tuple):  # also a set, which has no order
        return [item.strip(" '\"") for item in text[1:-1].split(",")]
    named = [value.get("name", value.get("title")) if isinstance(value, dict) else value for value in values]
    return [value for value in named if isinstance(value, str)]
