"""Who may ask and who may change the archive, by the ids in the settings."""

from collections.abc import Collection


class Access:
    """Admins (the setting bot.owners) may do everything. A bot that is not public answers only those listed."""

    def __init__(self, admins: Collection[int] = (), users: Collection[int] = (), *, public: bool = True) -> None:
        self.admins = frozenset(admins)
        self._users = self.admins | frozenset(users)
        self._public = public

    def may_ask(self, *ids: int | None) -> bool:
        """Tell whether a user may ask, by their id or by that of the chat they ask in."""
        return self._public or not self._users.isdisjoint(ids)

    def is_admin(self, id_: int | None) -> bool:
        """Tell whether a user may change the archive."""
        return id_ in self.admins
