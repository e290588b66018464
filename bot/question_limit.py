"""How many questions a user may ask in a minute."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

MINUTE = 60.0  # seconds


class QuestionLimit:
    """Allows each user a number of questions a minute; 0 for any number."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._a_minute = a_minute
        self._clock = clock
        self._asked: OrderedDict[int, deque[float]] = OrderedDict()  # the latest users last
        self._told: OrderedDict[int, float] = OrderedDict()  # when, the latest last

    def take(self, user: int) -> float:
        """Count a question and return 0; or return the seconds that the user has to wait, and count nothing."""
        if not self._a_minute:
            return 0.0
        now = self._clock()
        while self._asked and next(iter(self._asked.values()))[-1] + MINUTE <= now:
            self._asked.popitem(last=False)
        times = self._asked.setdefault(user, deque(maxlen=self._a_minute))
        if len(times) == self._a_minute and (wait := times[0] + MINUTE - now) > 0:
            return wait
        times.append(now)
        self._asked.move_to_end(user)
        return 0.0

    def may_tell(self, user: int) -> bool:
        """Tell whether to send a message to a user who has to wait: one a minute."""
        now = self._clock()
        while self._told and next(iter(self._told.values())) + MINUTE <= now:
            self._told.popitem(last=False)
        if user in self._told:
            return False
        self._told[user] = now
        return True
