"""Shards: equal parts of the articles, so that several processes share the work of indexing."""

from dataclasses import dataclass

import xxhash


@dataclass(frozen=True, slots=True)
class Shard:
    """Shard `number` of `of`, counted from 1. An article's id alone decides its shard, on every machine."""

    number: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def has(self, id_: str) -> bool:
        """Tell whether an article is in this shard."""
        return xxhash.xxh3_64_intdigest(id_.encode(errors="surrogatepass")) % self.of == self.number - 1


WHOLE = Shard()
