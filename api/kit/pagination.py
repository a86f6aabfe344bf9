"""Every list is a page: items, total, page, size."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, Self, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from api.kit.schemas import WholeNumber

MAX_PAGE_SIZE = 200
MAX_PAGE = 1_000_000

T = TypeVar("T")


@dataclass(frozen=True)
class PageRequest:
    page: int
    size: int

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size


def read_page(
    page: Annotated[int, WholeNumber(1, MAX_PAGE), Query(description="1 is the first page")] = 1,
    size: Annotated[int, WholeNumber(1, MAX_PAGE_SIZE), Query(description="Items on a page")] = 25,
) -> PageRequest:
    return PageRequest(page, size)


PageDep = Annotated[PageRequest, Depends(read_page)]


class Page(BaseModel, Generic[T]):
    """One page of a list. `total` counts all pages."""

    items: Sequence[T]
    total: int = Field(description="Items on all pages")
    page: int
    size: int

    @classmethod
    def of(cls, items: Sequence[T], total: int, request: PageRequest) -> Self:
        return cls(items=items, total=total, page=request.page, size=request.size)
