"""The settings: the shipped file, overridden by a file of the user, overridden by the environment."""

import logging
import os
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from config.errors import SettingsError
from config.milvus_scheme import is_milvus
from config.telegram_ids import ids_as_numbers

SHIPPED = Path(__file__).with_name("settings.toml")
PREFIX = "CLIPPINGS_"
FILE_VARIABLE = "CLIPPINGS_SETTINGS"
# How alike a variable and a setting are, from 0 to 1, if one is taken for a misspelling of the other.
MISSPELT = 0.78
log = logging.getLogger(__name__)
_warned_of = set[str]()

Natural = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Hits = Annotated[int, msgspec.Meta(ge=1, le=50)]
Text = Annotated[str, msgspec.Meta(min_length=1)]
Ids = tuple[int, ...]
PostTypes = Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)]


# The units of a time such as "30m", in seconds.
UNITS = {"m": 60, "h": 3600, "d": 86_400}


# Hints for values that a pattern checks: the pattern itself would help nobody.
HINTS = {"every": "write 30m, 6h or 1d.", "language": 'write two letters, such as "en".'}


class SourceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One [[source]]; settings.toml says what each key means."""

    url: str = ""
    folder: str = ""
    name: str = ""
    every: Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{0,5}[mhd]$")] = "1h"
    most: Positive = 500
    day_first: bool | None = None
    language: Annotated[str, msgspec.Meta(pattern=r"^([a-z]{2})?$")] = ""
    private: bool = False

    @property
    def called(self) -> str:
        """Its name, or else its link or folder."""
        return self.name or self.url or self.folder

    @property
    def seconds(self) -> int:
        """The seconds between two visits."""
        return int(self.every[:-1]) * UNITS[self.every[-1]]


class BotSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table [bot]; settings.toml says what each key means."""

    token_file: str = ""
    api_url: Text = "https://api.telegram.org"
    state: Text = "bot.db"
    owners: Ids = ()
    public: bool = True
    readers: Ids = ()
    questions_a_minute: Natural = 20
    watches: Natural = 20
    added: Text = "added"
    webhook_url: str = ""
    webhook_listen: Text = "127.0.0.1:8080"


class MilvusSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table [milvus]; settings.toml says what each key means."""

    token_file: str = ""
    tls: bool = False
    certificate: str = ""
    timeout: Annotated[float, msgspec.Meta(gt=0, le=10)] = 5.0
    index: Literal["hnsw", "flat", "ivf_sq8", "diskann", "autoindex"] = "hnsw"
    folder: Text = "data"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every setting, checked; settings.toml says what each key means."""

    archive: Text = "data"
    model: Text = "bundled"
    query_prompt: str = ""
    passage_prompt: str = ""
    models: str = ""
    precision: Literal["auto", "fp32", "int8"] = "auto"
    threads: Natural = 0
    reranker: str = ""
    batch: Positive = 32
    passage_tokens: Natural = 0
    store_token_codes: bool = True
    article_megabytes: Positive = 10
    post_types: PostTypes = ("post", "page")
    hits: Hits = 3
    strictness: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5
    confidence: str = ""
    question_characters: Positive = 1000
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    source: tuple[SourceSettings, ...] = ()
    bot: BotSettings = BotSettings()
    milvus: MilvusSettings = MilvusSettings()

    def at(self, archive: str) -> "Settings":
        """Return these settings with another archive."""
        return msgspec.structs.replace(self, archive=archive)

    @property
    def folder(self) -> Path:
        """The folder on this machine: of the archive, or of what belongs to an archive on a Milvus server."""
        return Path(self.milvus.folder if is_milvus(self.archive) else self.archive)

    @property
    def max_file_bytes(self) -> int:
        """The size up to which a file of articles is read, in bytes."""
        return self.article_megabytes * 1_000_000

    @property
    def models_folder(self) -> Path:
        """The folder of exported models."""
        return Path(self.models) if self.models else self.folder / "models"

    @property
    def asked_precision(self) -> Literal["fp32", "int8"] | None:
        """The precision that is set; None leaves it to the archive."""
        return None if self.precision == "auto" else self.precision


TABLES: dict[str, type[msgspec.Struct]] = {"bot": BotSettings, "milvus": MilvusSettings}
TABLE_STARTS = tuple(f"{table}_" for table in TABLES)


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the shipped settings, the user's file and the environment; later ones override earlier ones.

    Raises SettingsError, which names the key, its file or variable, and the nearest valid key. Variables that are no
    settings are ignored, with one warning: an orchestrator may set CLIPPINGS_PORT for a service of that name.
    """
    settings = _overlay({}, _read(SHIPPED), str(SHIPPED))
    if own := environment.get(FILE_VARIABLE):
        settings = _overlay(settings, _read(Path(own)), own)
    known = {PREFIX + name.replace(".", "_").upper(): name for name in names()}
    variables = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
    _warn_of_unknown(variables.keys() - known.keys() - {FILE_VARIABLE}, [*known, FILE_VARIABLE])
    for variable in variables.keys() & known.keys():
        value = variables[variable]
        table, _, key = known[variable].rpartition(".")
        changed = {key: _from_text(table, key, value, variable)}
        settings = _overlay(settings, {table: changed} if table else changed, variable)
    return msgspec.convert(settings, Settings)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{file} cannot be read ({error.strerror}). {FILE_VARIABLE} names it.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not TOML: {error}") from error


def _overlay(below: dict[str, Any], above: dict[str, Any], place: str) -> dict[str, Any]:
    above = {key: _with_ids(key, value, place) for key, value in above.items()}
    for key, value in above.items():
        _check(key, value, Settings, place)
    tables = {key: below.get(key, {}) | value for key, value in above.items() if isinstance(value, dict)}
    return below | above | tables


def _with_ids(table: str, values: object, place: str) -> object:
    """Return the values of a table, with its ids as numbers; raises SettingsError."""
    if table not in TABLES or not isinstance(values, dict):
        return values
    ids = {field.name for field in msgspec.structs.fields(TABLES[table]) if field.type == Ids}
    return {
        key: ids_as_numbers(value, f"{place}: {table}.{key} = {value!r}") if key in ids else value
        for key, value in values.items()
    }


def _check(key: str, value: object, table: type[msgspec.Struct], place: str, prefix: str = "") -> None:
    types = {field.name: field.type for field in msgspec.structs.fields(table)}
    name = prefix + key
    if key not in types:
        near = _nearest(name)
        raise SettingsError(f"{place}: there is no setting {name!r}. {near}")
    if key == "source" and not prefix:
        _check_entries(value, place)
        return
    if key in TABLES and not prefix and isinstance(value, dict):
        for inner, inner_value in value.items():
            _check(inner, inner_value, TABLES[key], place, f"{name}.")
        return
    try:
        msgspec.convert(value, types[key])
    except msgspec.ValidationError as error:
        raise SettingsError(f"{place}: {name} = {value!r} does not fit: {_mend(types[key], value)}") from error


def _check_entries(entries: object, place: str) -> None:
    """Check each [[source]], and that no two have the same name."""
    if not isinstance(entries, list):
        raise SettingsError(
            f"{place}: source = {entries!r} does not fit: write each source under a [[source]] of its own."
        )
    seen: dict[str, int] = {}
    for number, entry in enumerate(entries, start=1):
        source = _entry(entry, f"{place}: [[source]] {number}")
        if first := seen.get(source.called):
            raise SettingsError(
                f"{place}: [[source]] {number} is called {source.called!r}, as {first} is. Give one another name."
            )
        seen[source.called] = number


def _entry(entry: object, which: str) -> SourceSettings:
    if not isinstance(entry, dict):
        raise SettingsError(f"{which}: {entry!r} is no table. Write each source under a [[source]] of its own.")
    if name := entry.get("name") or entry.get("url") or entry.get("folder"):
        which += f" ({name})"
    types = {field.name: field.type for field in msgspec.structs.fields(SourceSettings)}
    for key, value in entry.items():
        if key not in types:
            near = get_close_matches(key, types, n=1, cutoff=0.4)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(types)}."
            raise SettingsError(f"{which}: there is no key {key!r}. {hint}")
        try:
            msgspec.convert(value, types[key])
        except msgspec.ValidationError as error:
            mend = HINTS.get(key) or _mend(types[key], value)
            raise SettingsError(f"{which}: {key} = {value!r} does not fit: {mend}") from error
    source = msgspec.convert(entry, SourceSettings)
    if bool(source.url) == bool(source.folder):
        raise SettingsError(f"{which}: it needs a url or a folder, and not both.")
    if source.url and not re.match(r"https?://[^/\s]+", source.url, re.IGNORECASE):
        raise SettingsError(f"{which}: url = {source.url!r} is no link: it begins with https:// or http://.")
    return source


def names() -> Iterator[str]:
    """Yield the full name of every setting, `bot.token_file` for a key in a table."""
    for field in msgspec.structs.fields(Settings):
        if field.name in TABLES:
            yield from (f"{field.name}.{inner.name}" for inner in msgspec.structs.fields(TABLES[field.name]))
        else:
            yield field.name


def _nearest(name: str) -> str:
    near = get_close_matches(name, list(names()), n=1, cutoff=0.5) or get_close_matches(
        name.rpartition(".")[2], list(names()), n=1, cutoff=0.4
    )
    return f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(names())}."


def _warn_of_unknown(unknown: Collection[str], known: Collection[str]) -> None:
    """Log, once a process, which variables are no settings; never their values."""
    new = sorted(set(unknown) - _warned_of)
    _warned_of.update(new)
    # Without the prefix, which all have in common, and also without the table: CLIPPINGS_OWNERS is near to BOT_OWNERS.
    meant = {name.removeprefix(PREFIX): name for name in known}
    in_tables = [name for name in meant if name.lower().startswith(TABLE_STARTS)]
    meant = {name.partition("_")[2]: meant[name] for name in in_tables} | meant
    others = []
    for variable in new:
        if near := get_close_matches(variable.removeprefix(PREFIX).upper(), meant, n=1, cutoff=MISSPELT):
            found = meant[near[0]]
            log.warning("Environment: %s is no setting, and is ignored. Did you mean %s?", variable, found)
        else:
            others.append(variable)
    if others:
        log.warning("Environment: not settings, and ignored: %s.", ", ".join(others))


def _from_text(table: str, key: str, value: str, variable: str) -> object:
    struct = TABLES.get(table, Settings)
    type_ = next(field.type for field in msgspec.structs.fields(struct) if field.name == key)
    if type_ == Ids:
        return ids_as_numbers(value, f"Environment: {variable}={value!r}")
    listed = [part.strip() for part in value.split(",") if part.strip()] if type_ == PostTypes else value
    try:
        return msgspec.convert(listed, type_, strict=False)
    except msgspec.ValidationError as error:
        mend = _mend(type_, value, in_file=False)
        raise SettingsError(f"Environment: {variable}={value!r} does not fit: {mend}") from error


def _mend(type_: object, value: object, *, in_file: bool = True) -> str:
    from config.expected_values import expected_value  # most settings fit

    return f"write {expected_value(type_, value, in_file=in_file)}."
