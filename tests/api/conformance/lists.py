"""The lists of the API and what may be asked of them, read from its OpenAPI document."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from api.kit.paths import PREFIX
from tests.fixtures.routes import APP, OPERATIONS

SPEC = APP.openapi()
Schema = dict[str, Any]


def resolve(schema: Schema) -> Schema:
    reference = schema.get("$ref")
    found: Schema = (
        SPEC["components"]["schemas"][reference.rpartition("/")[2]] if reference else schema
    )
    return found


def is_nullable(schema: Schema) -> bool:
    return any(part.get("type") == "null" for part in schema.get("anyOf", []))


@dataclass(frozen=True)
class ListRoute:
    """A `GET` that returns pages, and what is served below its path."""

    path: str
    """Without the prefix."""

    def __str__(self) -> str:
        return self.path

    @cached_property
    def parameters(self) -> dict[str, Schema]:
        """What may be asked, but for the page."""
        found = SPEC["paths"][PREFIX + self.path]["get"].get("parameters", [])
        return {
            one["name"]: one["schema"]
            for one in found
            if one["in"] == "query" and one["name"] not in ("page", "size")
        }

    @cached_property
    def sorts(self) -> list[str]:
        return list(resolve(self.parameters.get("sort", {})).get("enum", []))

    @cached_property
    def filters(self) -> list[str]:
        return sorted(self.parameters.keys() - {"sort"})

    @cached_property
    def item(self) -> Schema:
        return resolve(resolve(_answer(PREFIX + self.path, "get"))["properties"]["items"]["items"])

    @cached_property
    def one(self) -> str | None:
        """The path of one row, as `/members/{member_id}`."""
        below = [path for path in SPEC["paths"] if path.startswith(f"{PREFIX}{self.path}/{{")]
        whole = [path for path in below if path.count("/") == (PREFIX + self.path).count("/") + 1]
        return next((path for path in whole if path.endswith("}")), None)

    def takes(self, method: str) -> bool:
        """Whether one row is served this way."""
        return self.one is not None and method in SPEC["paths"][self.one]

    @property
    def key(self) -> str:
        """The field that names a row, as its path does."""
        assert self.one is not None
        return self.one.rpartition("{")[2].rstrip("}")

    @cached_property
    def changes(self) -> dict[str, Schema]:
        """The fields that a `PATCH` takes."""
        if not self.takes("patch"):
            return {}
        content = SPEC["paths"][self.one]["patch"]["requestBody"]["content"]
        return dict(resolve(content["application/json"]["schema"])["properties"])

    @cached_property
    def detail(self) -> dict[str, Schema]:
        """The fields of one row."""
        assert self.one is not None
        return dict(resolve(_answer(self.one, "get"))["properties"])


def _answer(path: str, method: str) -> Schema:
    content = SPEC["paths"][path][method]["responses"]["200"].get("content", {})
    found: Schema = content.get("application/json", {}).get("schema", {})
    return found


def _is_list(path: str) -> bool:
    operations = SPEC["paths"][path]
    if not path.startswith(PREFIX) or "get" not in operations:
        return False
    return {"items", "total", "page", "size"} <= resolve(_answer(path, "get")).get(
        "properties", {}
    ).keys()


# Super admins list gyms; every other list is one of a gym.
OF_NO_GYM = {one.path for one in OPERATIONS if one.is_platforms or one.is_members_own}
LISTS = [
    ListRoute(path.removeprefix(PREFIX))
    for path in SPEC["paths"]
    if _is_list(path) and path not in OF_NO_GYM
]
