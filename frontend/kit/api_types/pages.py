"""One page of a list."""

from typing import Generic, TypedDict, TypeVar

Item = TypeVar("Item")


class Page(TypedDict, Generic[Item]):
    items: list[Item]
    total: int
    page: int
    size: int
