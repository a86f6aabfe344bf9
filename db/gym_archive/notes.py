"""How what is sealed goes out of a gym and into another one."""

from typing import Protocol


class Notes(Protocol):
    """Opens and seals the medical notes of a member, in their place. Whoever has the platform's
    secret is one; this package has not."""

    def open(self, sealed: str, *, gym_id: int, member_id: int) -> str | None:
        """None if it cannot be opened: it is left out, and the manifest counts it."""

    def close(self, text: str, *, gym_id: int, member_id: int) -> str: ...
