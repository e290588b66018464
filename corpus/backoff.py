"""How long to wait before the next attempt of something that failed."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that grow: `first` seconds, then `factor` times as long after each failure, at most `max_seconds`."""

    first: float
    max_seconds: float
    factor: float = 2.0

    def seconds(self, failures: int) -> float:
        """Return the seconds to wait after a failure, given how many failures came before it in a row."""
        try:
            return min(self.first * float(self.factor) ** failures, self.max_seconds)
        except OverflowError:  # a source may fail for years, and a float ends at 1.8e308
            return self.max_seconds

    def waits(self) -> Iterator[float]:
        """Yield the seconds to wait after the first failure, the second and so on, without end."""
        return map(self.seconds, count())
