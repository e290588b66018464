"""Who may ask and who may add, by the ids in the settings, and how often one reader may ask."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Collection

MINUTE = 60.0  # seconds


class Access:
    """Owners may do everything; where the bot is not public, only readers and groups that are listed may ask."""

    def __init__(self, owners: Collection[int] = (), readers: Collection[int] = (), *, public: bool = True) -> None:
        self.owners = frozenset(owners)
        self._readers = self.owners | frozenset(readers)
        self._public = public

    def may_ask(self, *ids: int | None) -> bool:
        """Tell whether somebody may ask, by their id or by that of the chat they ask in."""
        return self._public or not self._readers.isdisjoint(ids)

    def is_owner(self, id_: int | None) -> bool:
        """Tell whether somebody may change the archive."""
        return id_ in self.owners


class QuestionLimit:
    """So many questions a minute from one reader; 0 for as many as they like."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._a_minute = a_minute
        self._clock = clock
        self._asked: OrderedDict[int, deque[float]] = OrderedDict()

    def take(self, reader: int) -> float:
        """Count a question; return 0, or for how many seconds the reader has to wait, and it does not count."""
        if not self._a_minute:
            return 0.0
        now = self._clock()
        while self._asked and next(iter(self._asked.values()))[-1] + MINUTE <= now:
            self._asked.popitem(last=False)
        asked = self._asked.setdefault(reader, deque(maxlen=self._a_minute))
        if len(asked) == self._a_minute and (wait := asked[0] + MINUTE - now) > 0:
            return wait
        asked.append(now)
        self._asked.move_to_end(reader)
        return 0.0
