"""Every kind of archive follows a folder of files, also after interrupted runs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from corpus.article import Article, Card
from corpus.reading import find_files, read_files
from retrieval.archive.contract import Archive
from retrieval.archive.index_spec import wanted_spec
from retrieval.encode.encoder import Tokens, Vectors
from retrieval.errors import RemovalRefused
from retrieval.indexing.pipeline import SIZES, BatchSizes, missing_files, survey, sync
from retrieval.indexing.reconciler import Scope
from retrieval.indexing.reembed import reembed
from retrieval.indexing.report import Report
from retrieval.text.near_duplicates import signature, similarity
from tests.contract.archive_locations import Home
from tests.fakes import FakeEncoder, nearest, take_in

MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class Counting(FakeEncoder):
    """An encoder that remembers what it embedded, and may fail after so many texts."""

    embedded: list[str] = field(default_factory=list, repr=False, compare=False)
    fails_after: int = 10**9

    @property
    def fingerprint(self) -> str:
        return FakeEncoder(self.name, self.dimension, self.max_tokens).fingerprint

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self._count(texts)
        return super().encode_passages(texts)

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        self._count(texts)
        return super().encode_passage_tokens(texts)

    def _count(self, texts: Sequence[str]) -> None:
        self.embedded.extend(texts)
        if len(self.embedded) > self.fails_after:
            raise KeyboardInterrupt


@dataclass
class Folder:
    """A folder of articles, and the archive that follows it."""

    path: Path
    archive: Archive
    encoder: Counting
    sizes: BatchSizes = SIZES

    def write(self, name: str, text: str, title: str = "Title", header: str = "") -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{title}\n{header}\n{text}\n", encoding="utf-8")

    def sync(self, *, allow: bool = False, root: Path | None = None) -> Report:
        roots = [root or self.path]
        self.encoder.embedded.clear()
        with self.archive.write_lock("test"):
            files = find_files(path for path in roots if path.exists())
            present = {str(place.origin) for place in files}
            known = self.archive.known_articles()
            scope = Scope(known, missing_files(known, roots, present, allow_removals=allow))
            return sync(read_files(files, MAX_BYTES), self.archive, self.encoder, scope, sizes=self.sizes)

    def ids(self) -> dict[str, str]:
        """Return the id of each article by its title."""
        return {card.title: card.id for card in self.archive.cards()}


@pytest.fixture
def folder(home: Home, tmp_path: Path) -> Folder:
    encoder = Counting()
    folder = Folder(tmp_path / "articles", home.open_or_create(encoder), encoder)
    folder.path.mkdir()
    return folder


def counts(report: Report) -> tuple[int, int, int, int, int]:
    return (report.added, report.changed, report.unchanged, report.removed, len(report.skipped))


def sentences(first: int, count: int) -> str:
    return " ".join(f"Sentence number {n} says what happened on day {n}." for n in range(first, first + count))


def test_a_run_counts_what_was_added_changed_unchanged_removed_and_skipped(folder: Folder) -> None:
    for name in ("same", "edited", "gone", "a", "b"):
        folder.write(f"{name}.txt", f"The text of {name} stands here.", title=name)
    assert counts(folder.sync()) == (5, 0, 0, 0, 0)
    folder.write("edited.txt", "Another text stands here.", title="edited")
    folder.write("new.txt", "A new text stands here.", title="new")
    folder.write("empty.txt", "", title="")
    (folder.path / "gone.txt").unlink()
    assert counts(folder.sync()) == (1, 1, 3, 1, 1)
    assert set(folder.ids()) == {"same", "edited", "new", "a", "b"}
    assert folder.archive.verify() == []


def test_a_run_with_nothing_to_do_embeds_nothing_and_changes_no_generation(folder: Folder) -> None:
    folder.write("a.txt", "A text stands here.")
    folder.sync()
    before = folder.archive.generation()
    assert counts(folder.sync()) == (0, 0, 1, 0, 0)
    assert folder.archive.generation() == before
    assert folder.encoder.embedded == []


def test_only_the_passages_whose_text_is_new_are_embedded(folder: Folder) -> None:
    folder.write("a.txt", f"{sentences(0, 20)}\n\n{sentences(20, 20)}")
    first = folder.sync()
    assert first.embedded == first.passages > 4
    before = {hit.passage.id for hit in nearest(folder.archive, folder.encoder, "x", 99)}
    folder.write("a.txt", f"{sentences(0, 20)}\n\n{sentences(20, 20)} And one more.")
    report = folder.sync()
    after = {hit.passage.id for hit in nearest(folder.archive, folder.encoder, "x", 99)}
    assert (report.changed, report.embedded) == (1, 1)
    assert len(before & after) == len(before) - 1
    assert folder.archive.verify() == []


def test_passages_that_move_keep_their_vectors_and_get_new_positions(folder: Folder) -> None:
    folder.write("a.txt", sentences(0, 30))
    folder.sync()
    (card,) = folder.archive.cards()
    article = folder.archive.article(card.id)
    assert article is not None
    # A first paragraph as long as a passage: the text after it is split as before, at later positions.
    filler = " ".join(["word"] * 59) + "."
    folder.write("a.txt", f"{filler}\n\n{article.text}")
    report = folder.sync()
    assert report.embedded == 1
    assert folder.archive.verify() == []


@pytest.mark.parametrize("header", ["On 02/02/2020 by Paper", "https://example.org/a"])
def test_a_changed_date_or_link_is_taken_over_without_embedding(folder: Folder, header: str) -> None:
    folder.write("a.txt", sentences(0, 9), header="On 01/01/2020 by Paper")
    folder.sync()
    folder.write("a.txt", sentences(0, 9), header=header)
    folder.sync()
    assert folder.encoder.embedded == []
    (card,) = folder.archive.cards()
    assert (card.url or f"On {card.published:%d/%m/%Y} by {card.source}") == header
    assert nearest(folder.archive, folder.encoder, "day", 1)[0].passage.article == card


def test_a_changed_headline_is_embedded_and_found(folder: Folder) -> None:
    folder.write("a.txt", "A text stands here.", title="The old headline")
    folder.sync()
    folder.write("a.txt", "A text stands here.", title="Zebra")
    assert folder.sync().embedded == 1
    assert folder.archive.search_words("zebra", 5)
    assert not folder.archive.search_words("old", 5)


def test_a_file_that_is_moved_within_its_folder_is_not_embedded_again(folder: Folder) -> None:
    for name in ("a", "b", "c", "d"):
        folder.write(f"{name}.txt", f"The text of {name}.", title=name)
    folder.sync()
    (folder.path / "sub").mkdir()
    (folder.path / "a.txt").rename(folder.path / "sub" / "a.txt")
    report = folder.sync()
    assert (report.added, report.removed, report.embedded) == (1, 1, 0)
    assert set(folder.ids()) == {"a", "b", "c", "d"}


def test_an_id_stays_when_its_folder_is_moved(folder: Folder) -> None:
    folder.write("a.txt", "A text stands here.")
    folder.sync()
    before = folder.ids()
    moved = folder.path.rename(folder.path.with_name("moved"))
    assert counts(folder.sync(root=moved)) == (0, 0, 1, 0, 0)
    assert folder.ids() == before
    # From now on it belongs to the new folder.
    (moved / "a.txt").unlink()
    folder.sync(root=moved, allow=True)
    assert folder.ids() == {}


def test_two_folders_with_files_of_one_name_keep_both(folder: Folder, tmp_path: Path) -> None:
    folder.write("a.txt", "The first text stands here.", title="first")
    folder.sync()
    other = replace_path(folder, tmp_path / "other")
    other.write("a.txt", "The second text stands here.", title="second")
    assert counts(other.sync()) == (1, 0, 0, 0, 0)
    ids = folder.ids()
    assert set(ids) == {"first", "second"}
    assert len(set(ids.values())) == 2
    assert counts(folder.sync()) == counts(other.sync()) == (0, 0, 1, 0, 0)
    assert folder.ids() == ids


def replace_path(folder: Folder, path: Path) -> Folder:
    path.mkdir()
    return Folder(path, folder.archive, folder.encoder)


def test_a_folder_indexed_from_above_or_below_knows_its_articles_again(folder: Folder) -> None:
    for name in ("sub/a.txt", "sub/b.txt", "c.txt"):
        folder.write(name, f"The text of {name}.", title=name)
    folder.sync(root=folder.path / "sub")
    ids = folder.ids()
    assert counts(folder.sync()) == (1, 0, 2, 0, 0)
    assert ids.items() <= folder.ids().items()
    (folder.path / "sub" / "a.txt").unlink()
    assert counts(folder.sync(root=folder.path / "sub", allow=True)) == (0, 0, 1, 1, 0)
    assert set(folder.ids()) == {"sub/b.txt", "c.txt"}


def test_a_link_that_comes_later_renames_the_article_and_keeps_one(folder: Folder) -> None:
    folder.write("a.txt", "A text stands here.")
    folder.sync()
    before = folder.ids()
    folder.write("a.txt", "A text stands here.", header="https://example.org/a")
    report = folder.sync()
    assert (report.added, report.removed, report.embedded) == (1, 1, 0)
    assert folder.ids() != before
    assert folder.archive.verify() == []


def test_two_files_with_the_same_link_are_one_article_with_the_longer_text(folder: Folder) -> None:
    folder.write("a.txt", "The first text.", header="https://example.org/a")
    folder.write("b.txt", "The second text.", header="https://example.org/a")
    report = folder.sync()
    assert (report.read, report.same) == (2, 1)
    assert counts(report) == (1, 0, 0, 0, 0)
    (card,) = folder.archive.cards()
    article = folder.archive.article(card.id)
    assert article is not None
    assert article.text == "The second text."


def test_a_file_that_cannot_be_read_any_longer_keeps_its_article(folder: Folder) -> None:
    folder.write("a.txt", "A text stands here.")
    folder.sync()
    (folder.path / "a.txt").write_bytes(b"\x00")
    assert counts(folder.sync()) == (0, 0, 0, 0, 1)
    assert len(folder.archive.cards()) == 1


@pytest.mark.parametrize(("removed", "refused"), [(2, False), (3, True), (6, True)])
def test_more_than_a_third_is_removed_only_when_allowed(folder: Folder, removed: int, refused: bool) -> None:
    for number in range(6):
        folder.write(f"{number}.txt", f"Text number {number}.", title=str(number))
    folder.sync()
    for number in range(removed):
        (folder.path / f"{number}.txt").unlink()
    if refused:
        with pytest.raises(RemovalRefused, match=f"of 6 articles.* {removed} are no longer there.* --allow-removals"):
            folder.sync()
        assert len(folder.archive.cards()) == 6
    assert folder.sync(allow=True).removed == removed
    assert len(folder.archive.cards()) == 6 - removed


def test_an_article_that_is_no_longer_published_is_removed(folder: Folder) -> None:
    page, blog = folder.path / "a.md", folder.path / "blog.jsonl"

    def posts(published: int) -> str:
        return "".join(
            f'{{"id": {n}, "title": "Post {n}", "text": "Text number {n}.", "draft": {str(n >= published).lower()}}}\n'
            for n in range(12)
        )

    page.write_text("---\ntitle: Wall\n---\nThe wall held all night.\n")
    blog.write_text(posts(12))
    assert folder.sync().added == 13
    page.write_text("---\ntitle: Wall\ndraft: true\n---\nThe wall held all night.\n")
    blog.write_text(posts(5))
    report = folder.sync()
    assert (report.removed, len(report.skipped), report.warned) == (8, 8, [])
    assert set(folder.ids()) == {f"Post {n}" for n in range(5)}
    blog.write_text(posts(0))
    assert folder.sync().removed == 5


def test_articles_of_a_removed_folder_are_removed_only_when_allowed(folder: Folder) -> None:
    folder.write("a.txt", "A text stands here.")
    folder.sync()
    (folder.path / "a.txt").unlink()
    folder.path.rmdir()
    with pytest.raises(RemovalRefused):
        folder.sync()
    assert folder.sync(allow=True).removed == 1


def test_an_interrupted_run_keeps_every_finished_batch_and_is_resumed(folder: Folder) -> None:
    folder.sizes = BatchSizes(4)
    for number in range(20):
        folder.write(f"{number:02}.txt", f"Text number {number}.", title=str(number))
    whole, folder.encoder = folder.encoder, Counting(fails_after=10)
    with pytest.raises(KeyboardInterrupt):
        folder.sync()
    assert len(folder.archive.cards()) == 8
    folder.encoder = whole
    report = folder.sync()
    assert (report.added, report.unchanged, report.embedded) == (12, 8, 12)
    assert folder.archive.verify() == []


def test_a_survey_counts_the_same_and_does_nothing(folder: Folder) -> None:
    for name in ("a", "b", "c", "d"):
        folder.write(f"{name}.txt", f"The text of {name}.", title=name)
    folder.sync()
    folder.write("a.txt", "Another text.", title="a")
    folder.write("e.txt", "A new text.", title="e")
    (folder.path / "b.txt").unlink()
    files = find_files([folder.path])
    known = folder.archive.known_articles()
    present = {str(place.origin) for place in files}
    scope = Scope(known, missing_files(known, [folder.path], present, allow_removals=False))
    before = folder.archive.generation()
    report = survey(read_files(files, MAX_BYTES), scope)
    assert counts(report) == (1, 1, 2, 1, 0)
    assert folder.archive.generation() == before
    assert counts(folder.sync()) == counts(report)


# ── Embedding again ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_embedding_again_switches_in_one_step_and_searches_the_old_index_until_then(folder: Folder) -> None:
    for number in range(9):
        folder.write(f"{number}.txt", f"Text number {number}.", title=str(number))
    folder.sync()
    old, new = folder.encoder, Counting(name="other", dimension=48)
    spec = wanted_spec(new, 0)
    seen: list[int] = []

    def look(done: int, _: int) -> None:
        assert folder.archive.spec.model == "fake"
        assert len(nearest(folder.archive, old, "text", 20)) == 9
        seen.append(done)

    with folder.archive.write_lock("test"):
        assert reembed(folder.archive, new, spec, look) == 9
    assert seen == [9]
    assert folder.archive.spec == spec
    assert len(nearest(folder.archive, new, "text", 20)) == 9
    assert len(folder.archive.search_words("text", 20)) == 9
    assert folder.archive.verify() == []
    with folder.archive.write_lock("test"):
        assert reembed(folder.archive, new, spec) == 0


def test_an_interrupted_embedding_again_is_resumed(folder: Folder) -> None:
    folder.sizes = BatchSizes(4)
    for number in range(20):
        folder.write(f"{number:02}.txt", f"Text number {number}.", title=str(number))
    folder.sync()
    spec = wanted_spec(Counting(name="other"), 0)
    with pytest.raises(KeyboardInterrupt):
        reembed(folder.archive, Counting(name="other", fails_after=10), spec, batch_passages=4)
    assert len(nearest(folder.archive, folder.encoder, "text", 50)) == 20
    # An article that changes meanwhile is embedded for both specs.
    done = set(folder.archive.known_articles()) - set(folder.archive.shadow_index(spec).pending())
    number = next(int(title) for title, id_ in folder.ids().items() if id_ in done)
    folder.write(f"{number:02}.txt", "This text has changed.", title=str(number))
    folder.sync()
    assert reembed(folder.archive, Counting(name="other"), spec) == 20 - 8 + 1
    assert len(nearest(folder.archive, Counting(name="other"), "text", 50)) == 20
    assert folder.archive.verify() == []


def test_another_length_of_passages_is_an_embedding_again(nowhere: Home, tmp_path: Path) -> None:
    long = Counting(max_tokens=128)
    folder = Folder(tmp_path / "articles", nowhere.open_or_create(long), long)
    folder.write("a.txt", sentences(0, 40))
    folder.sync()
    before = folder.archive.status().passages
    reembed(folder.archive, long, wanted_spec(long, 64))
    assert folder.archive.status().passages > before
    assert folder.archive.verify() == []


# ── Near duplicates ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_near_identical_articles_are_linked_and_none_is_dropped(folder: Folder) -> None:
    story = sentences(0, 30)
    folder.write("wire.txt", story, title="wire")
    folder.write("paper.txt", story.replace("number 7", "number seven"), title="paper")
    folder.write("other.txt", sentences(500, 30), title="other")
    folder.sync()
    hits = nearest(folder.archive, folder.encoder, "Sentence number 3 says", 99)
    also = {hit.passage.article.title: [card.title for card in hit.also] for hit in hits}
    assert also == {"wire": ["paper"], "paper": ["wire"], "other": []}
    assert folder.archive.status().distinct_articles == 2


def test_an_article_is_unlinked_when_its_text_changes_or_its_file_is_removed(folder: Folder) -> None:
    story = sentences(0, 30)
    for name in ("a", "b", "c", "d", "e", "f", "g"):
        folder.write(f"{name}.txt", story, title=name)
    folder.sync()
    assert folder.archive.status().distinct_articles == 1
    folder.write("a.txt", sentences(300, 30), title="a")
    (folder.path / "b.txt").unlink()
    folder.sync()
    assert folder.archive.status().distinct_articles == 2
    (third,) = [card for card in folder.archive.cards() if card.title == "c"]
    also = {
        card.title
        for hit in nearest(folder.archive, folder.encoder, story, 99)
        if hit.passage.article == third
        for card in hit.also
    }
    assert also == {"d", "e", "f", "g"}
    assert folder.archive.verify() == []


def test_short_texts_are_the_same_only_if_they_are_equal(home: Home, fake: FakeEncoder) -> None:
    archive = home.open_or_create(fake)
    texts = ["Photo gallery of the day.", "Photo gallery of the night.", "Photo gallery of the day."]
    take_in(archive, fake, *(Article(Card(f"id{n}", f"News {n}"), text) for n, text in enumerate(texts)))
    assert archive.status().distinct_articles == 2


def test_a_signature_estimates_how_much_two_texts_share() -> None:
    words = [f"word{n}" for n in range(400)]
    whole, half = " ".join(words), " ".join(words[:200])
    assert similarity(signature(whole), signature(whole.upper())) == 1
    assert similarity(signature(whole), signature(half)) == pytest.approx(0.5, abs=0.15)
    assert similarity(signature(whole), signature(" ".join(reversed(words)))) < 0.1
    assert similarity(signature(""), signature("")) == 0
