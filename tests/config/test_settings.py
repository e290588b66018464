import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from config import settings
from config.errors import SettingsError
from config.settings import SHIPPED, Settings, load, names


def own_file(tmp_path: Path, content: str) -> dict[str, str]:
    file = tmp_path / "own.toml"
    file.write_text(content, encoding="utf-8")
    return {"CLIPPINGS_SETTINGS": str(file)}


def test_the_shipped_file_names_every_setting_with_its_default() -> None:
    shipped = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    assert shipped == msgspec.json.decode(msgspec.json.encode(Settings()))  # in lists, as TOML has them


def test_every_setting_in_the_shipped_file_has_a_comment_above_it() -> None:
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if " = " in line and not line.startswith("#"):
            assert lines[number - 1].startswith("#"), line


def test_the_environment_beats_the_users_file_and_that_beats_the_shipped_one(tmp_path: Path) -> None:
    environment = own_file(tmp_path, 'hits = 5\nmodel = "mine"\n[bot]\ntoken_file = "t"\n')
    settings = load(environment | {"CLIPPINGS_HITS": "7", "CLIPPINGS_BOT_API_URL": "http://127.0.0.1:1"})
    assert (settings.hits, settings.model, settings.archive) == (7, "mine", "data")
    assert (settings.bot.token_file, settings.bot.api_url) == ("t", "http://127.0.0.1:1")


def test_a_list_is_given_in_the_environment_with_commas() -> None:
    bot = load({"CLIPPINGS_BOT_OWNERS": "1234, 5678", "CLIPPINGS_BOT_READERS": "-100"}).bot
    assert (bot.owners, bot.readers) == ((1234, 5678), (-100,))
    assert load({"CLIPPINGS_BOT_OWNERS": ""}).bot.owners == ()
    for written in ('123, "456"', "123 456", "[123, '456']", "123,456,"):
        assert load({"CLIPPINGS_BOT_OWNERS": written}).bot.owners == (123, 456)


@pytest.mark.parametrize("written", ['[123, "456"]', '"123, 456"', "'123, \"456\"'", '["123", 456]'])
def test_ids_are_numbers_however_they_are_written(tmp_path: Path, written: str) -> None:
    environment = own_file(tmp_path, f"[bot]\nowners = {written}\nreaders = ['-100']\n")
    bot = load(environment).bot
    assert (bot.owners, bot.readers) == ((123, 456), (-100,))


def test_a_name_is_refused_with_the_way_to_the_id(tmp_path: Path) -> None:
    mend = "'@ada' is no id. An id is a number, not a name. Write /status to the bot: it tells your id. Leave"
    with pytest.raises(SettingsError) as caught:
        load({"CLIPPINGS_BOT_OWNERS": "123, @ada"})
    assert str(caught.value).startswith("Environment: CLIPPINGS_BOT_OWNERS='123, @ada' does not fit: ")
    assert mend in str(caught.value)
    with pytest.raises(SettingsError) as caught:
        load(own_file(tmp_path, '[bot]\nreaders = [123, "@ada"]\n'))
    assert ": bot.readers = [123, '@ada'] does not fit: " in str(caught.value)
    assert mend in str(caught.value)


def test_every_table_is_set_in_the_environment(tmp_path: Path) -> None:
    environment = own_file(tmp_path, "[milvus]\ntimeout = 2.5\ntls = true\n")
    milvus = load(environment | {"CLIPPINGS_MILVUS_TIMEOUT": "7", "CLIPPINGS_MILVUS_INDEX": "flat"}).milvus
    assert (milvus.timeout, milvus.index, milvus.tls) == (7.0, "flat", True)
    assert load({"CLIPPINGS_MILVUS_TLS": "true"}).milvus.tls
    with pytest.raises(SettingsError, match="CLIPPINGS_MILVUS_TLS='perhaps' does not fit"):
        load({"CLIPPINGS_MILVUS_TLS": "perhaps"})


def test_models_are_in_the_folder_of_the_archive_or_in_data_if_it_is_on_a_server() -> None:
    on_server = Settings(archive="Milvus://host/news")
    assert Settings().models_folder == Path("data/models")
    assert on_server.models_folder == Path("data/models")
    assert Settings(archive="milvus://host/news", models="mine").models_folder == Path("mine")
    assert Settings(archive="a").folder == Path("a")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        load({}).hits = 4  # type: ignore[misc]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("hitz = 3", "'hits'"),
        ('token_file = "x"', "'bot.token_file'"),
        ('[bot]\ntoken_fil = "x"', "'bot.token_file'"),
        ('hits = "3"', "hits = '3' does not fit: write a whole number from 1 to 50, without quotation marks."),
        ("hits = 0", "hits = 0 does not fit: write a whole number from 1 to 50."),
        ("strictness = 1.5", "strictness = 1.5 does not fit: write a number from 0 to 1."),
        ("batch = 0", "batch = 0 does not fit: write a whole number of at least 1."),
        ("archive = 3", "archive = 3 does not fit: write a text in quotation marks that is not empty."),
        ('store_token_codes = "no"', "'no' does not fit: write true or false, without quotation marks."),
        (
            "post_types = []",
            "write a list in square brackets: at least one, each a text in quotation marks",
        ),
        ("bot = 3", "bot = 3 does not fit: write a table, with its keys below its name in square brackets."),
        ("milvus = 3", "milvus = 3 does not fit"),
        ("[milvus]\ntimeout = 0", "milvus.timeout = 0 does not fit: write a number above 0 and up to 10."),
        ("[milvus]\ntimeout = 11", "milvus.timeout = 11 does not fit"),
        (
            '[milvus]\nindex = "hnws"',
            'milvus.index = \'hnws\' does not fit: write one of "autoindex", "diskann", "flat", ',
        ),
        ('[milvus]\ntoken = "x"', "there is no setting 'milvus.token'. Did you mean 'milvus.token_file'"),
        ("hits =", "is not TOML"),
        ("source = 3", "source = 3 does not fit: write each source under a [[source]] of its own"),
        ("source = [3]", "[[source]] 1: 3 is no table"),
        ("[[source]]", "[[source]] 1: it needs a url or a folder, and not both"),
        ('[[source]]\nurl = "https://a.org"\nfolder = "x"', "[[source]] 1 (https://a.org): it needs a url or a folder"),
        ('[[source]]\nurl = "a.org/feed"', "url = 'a.org/feed' is no link: it begins with https://"),
        (
            '[[source]]\nfolder = "x"\n[[source]]\nfoldr = "y"',
            "[[source]] 2: there is no key 'foldr'. Did you mean 'folder'",
        ),
        ('[[source]]\nname = "A"\nurl = 3', "[[source]] 1 (A): url = 3 does not fit"),
        ('[[source]]\nfolder = "x"\nevery = "1 hour"', "(x): every = '1 hour' does not fit: write 30m, 6h or 1d."),
        ('[[source]]\nfolder = "x"\nevery = "0m"', "every = '0m' does not fit"),
        ('[[source]]\nfolder = "x"\nmost = 0', "most = 0 does not fit: write a whole number of at least 1."),
        ('[[source]]\nfolder = "x"\nday_first = 1', "day_first = 1 does not fit: write true or false."),
        ('[[source]]\nfolder = "x"\nlanguage = "English"', "does not fit: write two letters"),
        ('[[source]]\nfolder = "x"\n[[source]]\nname = "x"\nfolder = "y"', "[[source]] 2 is called 'x', as 1 is"),
    ],
)
def test_a_wrong_key_or_value_in_a_file_is_named_with_the_nearest_right_one(
    tmp_path: Path, content: str, error: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(own_file(tmp_path, content))
    assert error in str(caught.value)
    assert "own.toml" in str(caught.value)


@pytest.mark.usefixtures("unwarned")
@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("HIT", "HITS"),
        ("ARCHIV", "ARCHIVE"),
        ("SETTING", "SETTINGS"),
        ("OWNERS", "BOT_OWNERS"),
        ("BOT_OWNER", "BOT_OWNERS"),
        ("BOT_TOKEN", "BOT_TOKEN_FILE"),
        ("WEBHOOK_URL", "BOT_WEBHOOK_URL"),
        ("MILVUS_TIME_OUT", "MILVUS_TIMEOUT"),
        ("hits", "HITS"),
    ],
)
def test_a_misspelt_environment_variable_is_ignored_with_the_nearest_right_one(
    variable: str, meant: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert load({f"CLIPPINGS_{variable}": "secret"}) == Settings()
    assert caplog.messages == [
        f"Environment: CLIPPINGS_{variable} is no setting, and is ignored. Did you mean CLIPPINGS_{meant}?"
    ]


@pytest.mark.usefixtures("unwarned")
def test_variables_that_an_orchestrator_sets_are_ignored_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    """Kubernetes sets these for a service called "clippings" and for one called "clippings-bot"."""
    injected = {
        "CLIPPINGS_PORT": "tcp://10.0.0.11:8080",
        "CLIPPINGS_PORT_8080_TCP_ADDR": "10.0.0.11",
        "CLIPPINGS_SERVICE_HOST": "10.0.0.11",
        "CLIPPINGS_BOT_SERVICE_PORT_HTTP": "8080",
        "CLIPPINGS_": "",
    }
    assert load(injected | {"CLIPPINGS_HITS": "7"}).hits == 7
    assert caplog.messages == [f"Environment: not settings, and ignored: {', '.join(sorted(injected))}."]
    load(injected)
    assert len(caplog.messages) == 1
    load(injected | {"CLIPPINGS_VERSION": "2"})
    assert caplog.messages[1:] == ["Environment: not settings, and ignored: CLIPPINGS_VERSION."]


@pytest.fixture
def unwarned(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a new process: nothing was warned of yet."""
    monkeypatch.setattr(settings, "_warned_of", set())


def test_a_wrong_value_of_an_environment_variable_is_named() -> None:
    with pytest.raises(SettingsError, match="CLIPPINGS_HITS='many' does not fit: write a whole number from 1 to 50.$"):
        load({"CLIPPINGS_HITS": "many"})


@pytest.mark.parametrize("name", list(names()))
def test_every_wrong_value_is_told_in_plain_words(tmp_path: Path, name: str) -> None:
    """What msgspec says ("Expected `int`, got `str`") names types of Python."""
    table, _, key = name.rpartition(".")
    head = f"[{table}]\n" if table else ""
    refused = 0
    for value in ("-1", "1e9", '""', '"§"', "true", "[[]]", "{}", "1979-05-27"):
        environments = (
            own_file(tmp_path, f"{head}{key} = {value}"),
            {f"CLIPPINGS_{name.replace('.', '_').upper()}": value},
        )
        for environment in environments:
            try:
                load(environment)
            except SettingsError as error:
                refused += 1
                message = str(error)
                assert name in message or next(iter(environment)) in message
                assert not re.search(r"`|Expected|Annotated|msgspec|tuple|float\b", message), message
    assert refused


def test_a_missing_settings_file_is_an_error_naming_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere.toml cannot be read .*CLIPPINGS_SETTINGS"):
        load({"CLIPPINGS_SETTINGS": str(tmp_path / "nowhere.toml")})


def test_the_names_of_the_settings_are_listed_with_their_tables() -> None:
    assert {"hits", "bot.token_file"} <= set(names())


def test_sources_are_read_from_a_file_with_their_defaults(tmp_path: Path) -> None:
    content = """
        [[source]]
        url = "HTTPS://example.org/feed.xml"
        [[source]]
        name = "The Paper"
        folder = "articles"
        every = "30m"
        most = 7
        day_first = false
        language = "de"
    """
    first, second = load(own_file(tmp_path, content)).source
    assert (first.called, first.seconds, first.most) == ("HTTPS://example.org/feed.xml", 3600, 500)
    assert (first.day_first, first.language) == (None, "")
    assert (second.called, second.seconds, second.most) == ("The Paper", 1800, 7)
    assert (second.day_first, second.language, second.folder) == (False, "de", "articles")


def test_the_example_in_the_shipped_file_is_valid(tmp_path: Path) -> None:
    shipped = SHIPPED.read_text(encoding="utf-8")
    example = "\n".join(line[4:] for line in shipped.splitlines() if line.startswith("#   "))
    sources = load(own_file(tmp_path, example)).source
    assert [source.called for source in sources] == ["The Paper", "/srv/articles"]
    assert (sources[0].every, sources[0].most) == (sources[1].every, sources[1].most) == ("1h", 500)
