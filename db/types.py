"""The gym as a type: an id that only sign-in, or a job that names its gym, may produce."""

from typing import NewType

GymId = NewType("GymId", int)
