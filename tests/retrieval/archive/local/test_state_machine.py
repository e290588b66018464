"""The local archive, changed at random, as are its files, has what a dictionary of its articles has."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from retrieval.archive.local import dense
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.backup import backup, restore
from tests.contract.archive_state_machine import FAKE, ArchiveMachine, Articles
from tests.fakes import FakeEncoder, archive_at

# The articles, the generation that added each, and the encoder, at the time of the backup.
Saved = tuple[Articles, dict[str, int], FakeEncoder]


class LocalMachine(ArchiveMachine):
    """Also does to an archive's files what people and power cuts do."""

    archive: LocalArchive

    @initialize()
    def begin(self) -> None:
        self.top = Path(tempfile.mkdtemp())
        self.saved: Saved | None = None
        super().begin()

    def create(self) -> LocalArchive:
        return archive_at(self.top / "archive", FAKE)

    def open(self) -> LocalArchive:
        return LocalArchive.open(self.top / "archive")

    def teardown(self) -> None:
        if hasattr(self, "top"):
            shutil.rmtree(self.top)

    @rule(always=st.booleans())
    def save_the_snapshots(self, always: bool) -> None:
        with self.archive.write_lock("test"):
            self.archive.indexes.save(always=always)

    @rule(name=st.sampled_from(["dense", "lexical"]), seal=st.booleans(), again=st.booleans())
    def lose_an_index(self, name: str, seal: bool, again: bool) -> None:
        if seal:
            (self.top / "archive" / f"{name}.json").unlink(missing_ok=True)
        else:
            for folder in (self.top / "archive").glob(f"{name}-*"):
                shutil.rmtree(folder)
        if again:
            self.open_again()

    @rule()
    def back_up(self) -> None:
        backup(self.archive, self.top / "backup.db")
        self.saved = dict(self.articles), dict(self.added), self.encoder

    @precondition(lambda self: self.saved is not None)
    @rule(again=st.booleans())
    def restore_the_backup(self, again: bool) -> None:
        assert self.saved is not None
        with self.archive.write_lock("test"):
            restore(self.top / "archive", self.top / "backup.db")
        self.articles, self.added, self.encoder = dict(self.saved[0]), dict(self.saved[1]), self.saved[2]
        if again:
            self.open_again()

    def check_verify(self) -> None:
        """Verify, and if that finds missing files, verify again after opening the archive anew."""
        assert self.archive.current_spec()[1] == self.archive.spec
        wrong = self.archive.verify()
        # An open archive whose index files were removed still has the index in memory, and reports the files.
        assert all("is missing" in line or "cannot be read" in line for line in wrong)
        if wrong:
            self.open_again()
            assert self.archive.verify() == []


TestArchive = LocalMachine.TestCase
TestArchive.settings = settings(
    max_examples=10,
    stateful_step_count=20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class GrownArchiveMachine(LocalMachine):
    """The same, with a dense index that has a base from the first passages on."""

    @initialize()
    def begin(self) -> None:
        self.large, dense.MIN_IVF_VECTORS = dense.MIN_IVF_VECTORS, 3
        super().begin()

    def teardown(self) -> None:
        if hasattr(self, "large"):
            dense.MIN_IVF_VECTORS = self.large
        super().teardown()


TestGrownArchive = GrownArchiveMachine.TestCase
TestGrownArchive.settings = TestArchive.settings
