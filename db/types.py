"""The gym as a type: an id that only sign-in, or a job's own row, may produce."""

from typing import NewType

GymId = NewType("GymId", int)
