"""Token codes in archive.db: they go with their passages, and ranking is the same with them and without."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from retrieval.answer.fusion import fuse
from retrieval.answer.maxsim_rerank import RankedPassage, rank_by_maxsim
from retrieval.answer.query_features import analyze_question, query_features
from retrieval.archive.found_passages import in_columns
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.local import backup
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.database import FILE
from retrieval.archive.row_digests import key_of
from retrieval.encode.encoder import Tokens
from retrieval.errors import ArchiveDamaged, ModelChanged, NotAnArchive
from retrieval.indexing.copy import copy
from retrieval.indexing.missing_token_codes import store_missing
from retrieval.indexing.reembed import reembed
from tests.articles import FAKE, OTHER, an_article, with_card
from tests.fakes import FakeEncoder, archive_at, take_in
from tests.retrieval.archive.local.older_archives import as_fifth_schema

QUESTION = "Which bridge did the mayor open?"
TEXTS = (
    "The mayor opened a bridge over the river on Monday.",
    "Which way the new road takes was open until the mayor asked for a bridge.",
    "A bridge fell. Nobody was hurt, as the fire brigade said.",
    "The old bridge is closed, and the ferry sails every hour.",
)
ARTICLES = [an_article(number, text) for number, text in enumerate(TEXTS)]


@dataclass(frozen=True)
class QueryOnly(FakeEncoder):
    """An encoder that encodes no passages."""

    @property
    def fingerprint(self) -> str:
        return FAKE.fingerprint

    def encode_query_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        return super().encode_passage_tokens(texts)

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        assert not texts, f"{texts} are encoded, whose codes are stored"
        return []


@pytest.fixture
def archive(tmp_path: Path) -> LocalArchive:
    archive = archive_at(tmp_path / "archive", FAKE)
    take_in(archive, FAKE, *ARTICLES)
    return archive


def ranked(archive: LocalArchive, encoder: FakeEncoder) -> list[RankedPassage]:
    features = query_features(QUESTION, analyze_question(QUESTION, archive), encoder)
    found = in_columns(archive.search_words(QUESTION, 20))
    return rank_by_maxsim(features, fuse(features, found).first(), encoder, archive)


def count(archive: LocalArchive) -> int:
    with archive.database.read() as db:
        return int(db.execute("SELECT count(*) FROM token_codes").fetchone()[0])


def keys_of(archive: LocalArchive, *ids: str) -> list[bytes]:
    return [key_of(each.article.title, each.text) for id_ in ids for each in archive.passages_of(id_)]


def test_every_passage_has_codes_and_ranking_is_the_same_with_them_and_without(archive: LocalArchive) -> None:
    assert count(archive) == archive.status().passages > 0
    stored = ranked(archive, QueryOnly())
    assert len(stored) >= 4
    archive.store_token_codes(False)
    assert count(archive) == 0
    assert ranked(archive, FAKE) == stored
    with pytest.raises(AssertionError, match="are encoded"):
        ranked(archive, QueryOnly())


def test_more_keys_than_a_statement_takes(archive: LocalArchive) -> None:
    keys = keys_of(archive, "id1")
    unknown = [number.to_bytes(16, "big") for number in range(260_000)]  # Debian's SQLite takes 250,000
    assert archive.token_codes([*unknown, *keys], FAKE.fingerprint).keys() == set(keys)


def test_codes_go_with_their_passages(archive: LocalArchive) -> None:
    with archive.write_lock("test"):
        archive.remove(["id0"])
    take_in(archive, FAKE, an_article(1, "Quite another text."), an_article(9, "A new one."))
    assert count(archive) == archive.status().passages
    assert len(archive.token_codes(keys_of(archive, "id1", "id9"), FAKE.fingerprint)) == 2
    assert archive.verify() == []


def test_an_archive_that_stores_none_gets_none_until_they_are_stored_again(archive: LocalArchive) -> None:
    before = archive.generation()
    with archive.write_lock("test"):
        archive.store_token_codes(False)
    take_in(archive, FAKE, an_article(7))
    assert not archive.stores_token_codes
    assert count(archive) == 0
    with archive.write_lock("test"):
        archive.store_token_codes(True)
        done: list[tuple[int, int]] = []
        passages = archive.status().passages
        assert store_missing(archive, FAKE, lambda *counts: done.append(counts)) == passages
        assert done[-1] == (5, 5)
        assert store_missing(archive, FAKE) == 0
    assert count(archive) == passages
    assert archive.verify() == []
    # Searches find what they found: only the new article began a generation.
    assert archive.generation().number == before.number + 1


def test_codes_stored_later_are_those_that_index_stores(archive: LocalArchive) -> None:
    long = with_card(an_article(8), title="A headline that is far longer than what is embedded of it " * 4)
    take_in(archive, FAKE, long)
    keys = keys_of(archive, "id1", "id8")
    stored = archive.token_codes(keys, FAKE.fingerprint)
    assert stored
    with archive.write_lock("test"):
        archive.store_token_codes(False)
        archive.store_token_codes(True)
        store_missing(archive, FAKE)
    assert archive.token_codes(keys, FAKE.fingerprint) == stored


def test_codes_are_those_of_the_model_in_use(archive: LocalArchive) -> None:
    keys = keys_of(archive, "id1")
    codes = archive.token_codes(keys, FAKE.fingerprint)
    with archive.write_lock("test"):
        reembed(archive, OTHER, wanted_spec(OTHER, 0))
    with pytest.raises(ModelChanged):
        archive.token_codes(keys, FAKE.fingerprint)
    others = archive.token_codes(keys, OTHER.fingerprint)
    assert others.keys() == codes.keys()
    assert others != codes
    assert count(archive) == archive.status().passages
    assert archive.verify() == []


def test_an_archive_of_the_fifth_schema_answers_alike_and_gets_codes(archive: LocalArchive) -> None:
    stored, folder = ranked(archive, FAKE), archive.folder
    as_fifth_schema(folder)
    older = LocalArchive.open(folder)
    assert older.verify() == []
    assert ranked(older, FAKE) == stored
    with older.write_lock("test"):
        store_missing(older, FAKE)
    assert ranked(older, QueryOnly()) == stored


def test_damage_is_found(archive: LocalArchive, tmp_path: Path) -> None:
    whole, damaged = tmp_path / "whole.db", tmp_path / "damaged.db"
    backup.backup(archive, whole)
    with closing(sqlite3.connect(archive.folder / FILE, isolation_level=None)) as db:
        db.execute("UPDATE token_codes SET codes = zeroblob(length(codes)) WHERE number = 1")
    with pytest.raises(ArchiveDamaged, match="token codes are not what was stored"):
        ranked(archive, FAKE)
    assert archive.verify() == [f"passage {archive.passages_of('id0')[0].id} has token codes that are none"]
    backup.backup(archive, damaged)
    backup.check_rows(tmp_path, whole)
    with pytest.raises(NotAnArchive, match="token codes that are none"):
        backup.check_rows(tmp_path, damaged)


def test_a_copy_has_the_codes_too(archive: LocalArchive, tmp_path: Path) -> None:
    copy(archive.folder, tmp_path / "copy")
    copied = LocalArchive.open(tmp_path / "copy")
    keys = keys_of(archive, "id0", "id1", "id2", "id3")
    assert copied.token_codes(keys, FAKE.fingerprint) == archive.token_codes(keys, FAKE.fingerprint)
    assert count(copied) == count(archive)
