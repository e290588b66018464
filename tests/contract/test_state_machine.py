"""Every kind of archive, changed at random, has what a dictionary of its articles has."""

import secrets
from pathlib import Path
from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import initialize, run_state_machine_as_test

from retrieval.archive.contract import Archive
from tests.contract.archive_locations import Home, home_on
from tests.contract.archive_state_machine import FAKE, ArchiveMachine

# Each step makes about thirty calls to a server.
FEW = settings(
    max_examples=4,
    stateful_step_count=10,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


class AnyMachine(ArchiveMachine):
    """A machine for an archive of the same kind as `like`, at its own location."""

    like: ClassVar[Home]

    @initialize()
    def begin(self) -> None:
        kind, where = self.like.kind, self.like.where
        self._home = Home(kind, where / secrets.token_hex(6)) if isinstance(where, Path) else home_on(kind, where)
        super().begin()

    def create(self) -> Archive:
        return self._home.open_or_create(FAKE)

    def open(self) -> Archive:
        return self._home.open()

    def teardown(self) -> None:
        if hasattr(self, "archive"):
            self.archive.close()
            self._home.drop()


def test_it_has_what_a_dictionary_has(nowhere: Home) -> None:
    class Machine(AnyMachine):
        like = nowhere

    run_state_machine_as_test(Machine, settings=FEW)
