"""Gathers the bot's texts from the source code for translators: `make words`.

It writes all English texts into bot/i18n/locale/clippings.pot, adds new ones to every translation beside it, and writes
the catalogue in traditional Chinese from the simplified one.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from bot.i18n.traditional import traditional
from bot.i18n.translation import CHINESE, LOCALES, TRADITIONAL_CHINESE
from retrieval.errors import QuestionError

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("bot", "retrieval")
TEMPLATE = "clippings.pot"
TRANSLATED = "*/LC_MESSAGES/clippings.po"
SIMPLIFIED, TRADITIONAL = (f"{language.locale}/LC_MESSAGES/clippings.po" for language in (CHINESE, TRADITIONAL_CHINESE))
# What must be the same in every language: tags, entities, their special characters, and commands, which Telegram
# recognizes only with no letter before or after them.
MARKUP = re.compile(r"</?[a-z][^<>]*>|&#?\w+;|[<>&]|(?<!\w)/[a-z]+(?!\w)")


def kinds(error: type[Exception]) -> Iterator[str]:
    """Yield the names of an error class and of all its subclasses."""
    yield error.__name__
    for kind in error.__subclasses__():
        yield from kinds(kind)


# The functions whose strings are gathered, and the numbers of their text arguments; None for the first alone.
KEYWORDS: Mapping[str, tuple[int, int] | None] = {
    "say": None,
    "to_say": None,
    "say_n": (1, 2),
    **dict.fromkeys(kinds(QuestionError)),
}


def gather(root: Path = ROOT) -> Catalog:
    """Return a catalogue of all English texts of the bot."""
    words = Catalog(
        project="Clippings", version="bot", header_comment="# What the Clippings bot says.", msgid_bugs_address=""
    )
    for package in PACKAGES:
        texts = extract_from_dir(
            root / package, [("**.py", "python")], keywords=KEYWORDS, comment_tags=["Translators:"]
        )
        for file, line, text, comments, context in texts:
            words.add(text, None, [(f"{package}/{file}", line)], auto_comments=comments, context=context)
    return words


def read(file: Path) -> Catalog:
    """Read a template or a translation."""
    with file.open("rb") as stream:
        return read_po(stream, abort_invalid=True)


def write(words: Catalog, folder: Path = LOCALES) -> None:
    """Write the template, and update every translation with it."""
    template = folder / TEMPLATE
    if template.exists() and _by_text(previous := read(template)) == _by_text(words):
        words.creation_date = previous.creation_date  # the same texts give the same file
    _write(template, words)
    for file in folder.glob(TRANSLATED):
        if file != folder / TRADITIONAL:
            translation = read(file)
            translation.update(words)
            _write(file, translation)
    if (simplified := folder / SIMPLIFIED).exists():
        (folder / TRADITIONAL).parent.mkdir(parents=True, exist_ok=True)
        _write(folder / TRADITIONAL, in_traditional(read(simplified)))


def in_traditional(simplified: Catalog) -> Catalog:
    """Return the catalogue in traditional Chinese of the one in simplified Chinese."""
    catalog = copy(simplified)
    catalog.header_comment = "# What the Clippings bot says, in traditional Chinese: `make words` makes it of zh_Hans."
    catalog.locale = TRADITIONAL_CHINESE.locale
    catalog.language_team = "Traditional Chinese"
    for message in catalog:
        if message.id and message.string:
            forms = message.string
            message.string = traditional(forms) if isinstance(forms, str) else tuple(map(traditional, forms))
    return catalog


def faults(translation: Catalog, words: Catalog) -> list[str]:
    """Return what is wrong with a translation, a line each."""
    english, translated = _by_text(words), _by_text(translation)
    messages = [f"missing: {forms[0]!r}" for forms in english.keys() - translated.keys()]
    messages += [f"obsolete: {forms[0]!r}" for forms in translated.keys() - english.keys()]
    messages += [f"obsolete: {identity!r}" for identity in translation.obsolete]
    for forms in english.keys() & translated.keys():
        messages += [f"{fault}: {forms[0]!r}" for fault in _wrong(translated[forms], forms, translation.num_plurals)]
    return sorted(messages)


def fields(words: str) -> Counter[str]:
    """Count the {placeholders} of a text; raises ValueError for an unbalanced brace."""
    parts = Formatter().parse(words)
    return Counter(f"{{{name}!{how}:{spec}}}" for _, name, spec, how in parts if name is not None)


def _wrong(message: Message, originals: Sequence[str], plurals: int) -> Iterator[str]:
    if message.fuzzy:
        yield "fuzzy"
    strings = _forms(message.string)
    if len(strings) != (plurals if len(originals) > 1 else 1) or not all(strings):
        yield "untranslated"
        return
    for number, string in enumerate(strings, start=1):
        # The singular form may leave the number out; the plural form, which is the last, must have all placeholders.
        models = originals[-1:] if number == len(strings) else originals
        try:
            if _invariants(string) not in map(_invariants, models):
                yield "other placeholders or tags"
        except ValueError:
            yield "a brace amiss"


def _invariants(words: str) -> Counter[str]:
    return fields(words) + Counter(MARKUP.findall(words))


def _by_text(catalog: Catalog) -> dict[tuple[str, ...], Message]:
    return {_forms(message.id): message for message in catalog if message.id}


def _forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    return (text or "",) if text is None or isinstance(text, str) else tuple(text)


def _write(file: Path, catalog: Catalog) -> None:
    stream = BytesIO()
    # Not the previous texts of fuzzy messages: Babel reads them back as comments, and adds a line each time.
    write_po(stream, catalog, width=120, include_lineno=False, ignore_obsolete=True)
    file.write_bytes(stream.getvalue())


def main() -> None:
    """Gather the texts, write the files, and print what is left to translate."""
    words = gather()
    write(words)
    for file in LOCALES.glob(TRANSLATED):
        for fault in faults(read(file), words):
            print(f"{file.relative_to(ROOT)}: {fault}")


if __name__ == "__main__":
    main()
