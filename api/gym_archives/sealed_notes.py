"""Medical notes on their way: opened in an archive, sealed anew where it is brought in."""

from dataclasses import dataclass

from api.kit.sealing import CannotOpen, Seal
from api.members.medical_notes.service import place_of_notes


@dataclass(frozen=True)
class SealedNotes:
    seal: Seal

    def open(self, sealed: str, *, gym_id: int, member_id: int) -> str | None:
        try:
            return self.seal.open(sealed, place=place_of_notes(gym_id, member_id))
        except CannotOpen:  # under a secret that the platform no longer has
            return None

    def close(self, text: str, *, gym_id: int, member_id: int) -> str:
        return self.seal.close(text, place=place_of_notes(gym_id, member_id))
