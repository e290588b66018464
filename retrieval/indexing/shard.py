"""A part of the work of indexing, so that many processes may share it: articles by their ids, each in one part."""

from dataclasses import dataclass

import xxhash


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `number` of `of` equal ones, from 1 on; the same articles on every machine and for ever."""

    number: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def has(self, id_: str) -> bool:
        """Tell whether an article is in this part."""
        return xxhash.xxh3_64_intdigest(id_.encode(errors="surrogatepass")) % self.of == self.number - 1


WHOLE = Shard()
