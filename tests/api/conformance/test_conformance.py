"""Every noun does what every noun does. The lists are found by their routes."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any

import pytest
from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import sessionmaker

from api.kit.pagination import MAX_PAGE_SIZE
from db.models import Base, Gym, Role
from db.session import GymSession
from tests.api.conformance.lists import LISTS, ListRoute, is_nullable
from tests.api.conformance.nouns import MANY, NOUNS, Item, Noun, World
from tests.fixtures.api import SignInAs

MakeWorld = Callable[..., World]
UNKNOWN_ID = 2**62


@pytest.fixture
def make_world(gym: Gym, sign_in_as: SignInAs, ops_sessions: sessionmaker[GymSession]) -> MakeWorld:
    def make(where: Gym = gym) -> World:
        return World(where, sign_in_as(Role.OWNER, gym=where), ops_sessions)

    return make


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world()


@pytest.fixture(scope="module")
def made() -> dict[str, World]:
    return {}


@pytest.fixture
def full_world(it: "Subject", made: dict[str, World], make_world: MakeWorld) -> World:
    """With many rows of the list, which are made once: for tests that only read."""
    if it.route.path not in made:
        world = made[it.route.path] = make_world()
        it.make(world)
    return made[it.route.path]


@dataclass(frozen=True)
class Subject:
    """A list and how its rows come to be."""

    route: ListRoute
    noun: Noun

    def make(self, world: World, count: int = MANY) -> None:
        for index in range(count):
            self.make_one(world, index)

    def make_one(self, world: World, index: int) -> Any:
        self.prepare(world)
        if self.noun.make is not None:
            return self.noun.make(world, index)
        return self.post(world, index)

    def prepare(self, world: World) -> None:
        if self.noun.prepare is not None and not world.is_prepared:
            world.is_prepared = True
            self.noun.prepare(world)

    def post(self, world: World, index: int) -> Item:
        assert self.noun.body is not None
        self.prepare(world)
        path = self.route.path.format(**world.parents)
        return world.post(path, **self.noun.body(world, index))

    def ask(self, world: World, **parameters: Any) -> Any:
        self.prepare(world)
        path = f"/api/v1{self.route.path}".format(**world.parents)
        return world.owner.get(path, params=parameters)

    def list(self, world: World, **parameters: Any) -> list[Item]:
        answer = self.ask(world, **({"size": MAX_PAGE_SIZE} | parameters))
        assert answer.status_code == 200, answer.text
        items: list[Item] = answer.json()["items"]
        assert answer.json()["total"] == len(items)
        return items

    def one(self, world: World, item: Item) -> str:
        """Its path; that of a row which belongs to another has both keys."""
        assert self.route.one is not None
        key = self.route.key
        return self.route.one.format(**(world.parents | {key: item[key]}))

    def read(self, world: World, item: Item) -> Item:
        answer = world.owner.get(self.one(world, item))
        assert answer.status_code == 200, answer.text
        found: Item = answer.json()
        return found

    def derived(self, item: Item) -> Item:
        return {name: item[name] for name in self.noun.derived}


SUBJECTS = [Subject(route, NOUNS.get(route.path, Noun())) for route in LISTS]
every_list = pytest.mark.parametrize("it", SUBJECTS, ids=lambda it: it.route.path)


def cases(names: Callable[[Subject], list[str]]) -> pytest.MarkDecorator:
    """Each list with each of the names that it has."""
    found = [(it, name) for it in SUBJECTS for name in names(it)]
    return pytest.mark.parametrize(
        ("it", "name"), found, ids=[f"{it.route.path} {name}" for it, name in found]
    )


def test_every_list_says_how_to_make_a_row_of_it() -> None:
    assert {route.path for route in LISTS} == set(NOUNS)


# --- pages


@every_list
class TestPages:
    def test_no_one_and_many_rows(self, it: Subject, world: World) -> None:
        assert len(it.list(world)) == it.noun.begins_with
        for count in (1, 2, 3):
            it.make_one(world, count - 1)
            assert len(it.list(world)) == it.noun.begins_with + count

    def test_pages_are_parts_of_one_list(self, it: Subject, full_world: World) -> None:
        whole = it.list(full_world)
        many = it.noun.begins_with + MANY
        assert len(whole) == many
        for size in (1, 2, many, MAX_PAGE_SIZE):
            numbers = list(range(1, ceil(many / size) + 2))  # and one behind the last
            pages = [it.ask(full_world, page=page, size=size).json() for page in numbers]
            assert [item for page in pages for item in page["items"]] == whole
            assert {page["total"] for page in pages} == {many}
            assert {page["size"] for page in pages} == {size}
            assert [page["page"] for page in pages] == numbers

    @pytest.mark.parametrize(
        "asked", [{"page": 0}, {"page": -1}, {"size": 0}, {"size": MAX_PAGE_SIZE + 1}], ids=str
    )
    def test_a_page_that_cannot_be_is_refused(
        self, it: Subject, world: World, asked: dict[str, int]
    ) -> None:
        assert it.ask(world, **asked).status_code == 422

    def test_rows_of_another_gym_are_never_in_it(
        self, it: Subject, world: World, make_world: MakeWorld, other_gym: Gym
    ) -> None:
        other = make_world(other_gym)
        it.make(other, 3)
        it.make(world, 2)
        own = it.noun.begins_with + 2
        assert len(it.list(world)) == own
        if it.route.sorts:
            assert all(len(it.list(world, sort=sort)) == own for sort in it.route.sorts)
        if it.route.one is not None:
            for item in it.list(other):
                if it.route.key.endswith("_id"):
                    for method in ("GET", "PATCH", "DELETE"):
                        if it.route.takes(method.lower()):
                            sent = {"json": {}} if method == "PATCH" else {}
                            found = world.owner.request(method, it.one(world, item), **sent)
                            assert found.status_code == 404


# --- sorts and filters


@cases(lambda it: [sort for sort in it.route.sorts if sort.strip("-") not in it.noun.unsorted])
def test_a_sort_sorts(it: Subject, name: str, full_world: World) -> None:
    column = name.removeprefix("-")
    key = it.noun.sort_keys.get(column, lambda value: value)
    found = [item[column] for item in it.list(full_world, sort=name)]
    known = [key(value) for value in found if value is not None]
    assert len(set(known)) > 1, "rows do not differ, so nothing is seen"
    assert known == sorted(known, reverse=name.startswith("-"))
    assert found[len(known) :] == [None] * (len(found) - len(known)), "what is not known comes last"
    if is_nullable(it.route.item["properties"][column]):
        assert None in found, "no row lacks it, so where such rows stand is not seen"


@cases(lambda it: [one for one in it.route.filters if one not in it.noun.widens])
def test_a_filter_filters(it: Subject, name: str, full_world: World) -> None:
    whole = it.list(full_world)
    asks_for = it.noun.filters.get(name, lambda item, value: item[name] == value)
    chosen = it.noun.values.get(name)
    values = chosen(full_world) if chosen else sorted({one[name] for one in whole if one[name]})
    assert values
    for value in values:
        expected = [item for item in whole if asks_for(item, value)]
        assert 0 < len(expected) < len(whole), f"{value!r} tells no rows apart"
        asked = {name: str(value).lower() if isinstance(value, bool) else value}
        assert it.list(full_world, **asked) == expected
        first = it.ask(full_world, size=1, **asked).json()
        assert first["total"] == len(expected)
        assert first["items"] == expected[:1]


# --- writing


posted = pytest.mark.parametrize(
    "it", [it for it in SUBJECTS if it.noun.body is not None], ids=lambda it: it.route.path
)


@posted
def test_what_is_made_is_read_back(it: Subject, world: World) -> None:
    for index in range(MANY):
        assert it.noun.body is not None
        it.prepare(world)
        body = it.noun.body(world, index)
        made = world.post(it.route.path.format(**world.parents), **body)
        for field in body.keys() - it.noun.only_written:
            assert _is_same(made[field], body[field]), field
        if it.route.takes("get"):
            assert it.read(world, made) == made
        [listed] = [one for one in it.list(world) if _key(it, one) == _key(it, made)]
        assert listed == {field: made[field] for field in listed}


def _is_same(shown: Any, sent: Any) -> bool:
    """A moment is shown in UTC, however it was sent."""
    if isinstance(sent, str) and "T" in sent and isinstance(shown, str):
        return shown[:19] == sent[:19]
    return bool(shown == sent)


def _key(it: Subject, item: Item) -> Any:
    return item[next(iter(it.route.item["properties"]))]


def _changed_alone(it: Subject) -> list[str]:
    return sorted(it.route.changes.keys() - it.noun.only_written - it.noun.changed_together)


@cases(_changed_alone)
def test_a_change_changes_its_field_alone(it: Subject, name: str, world: World) -> None:
    assert it.noun.body is not None
    made, other = it.post(world, 0), it.noun.body(world, 1)
    value = other.get(name, _opposite(made[name]))
    assert made[name] not in (None, value), "row 0 and 1 do not differ, so nothing is seen"
    answer = world.owner.patch(it.one(world, made), json={name: value})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found == made | it.derived(found) | {name: value}
    assert it.read(world, made) == found
    assert world.owner.patch(it.one(world, made), json={}).json() == found


def _opposite(value: Any) -> Any:
    return not value if isinstance(value, bool) else value


@cases(_changed_alone)
def test_null_clears_what_may_be_empty_and_nothing_else(
    it: Subject, name: str, world: World
) -> None:
    made = it.post(world, 0)
    assert made[name] is not None, "row 0 does not have it, so clearing it is not seen"
    answer = world.owner.patch(it.one(world, made), json={name: None})
    if is_nullable(it.route.detail[name]):
        assert answer.status_code == 200, answer.text
        found = it.read(world, made)
        assert found == made | it.derived(found) | {name: None}
    else:
        assert answer.status_code == 422
        assert it.read(world, made) == made


def _unique_fields(it: Subject) -> list[str]:
    """What the table of the noun keeps unique within a gym, of what may be written."""
    if not it.route.takes("patch"):
        return []
    for mapper in Base.registry.mappers:
        keys = mapper.primary_key
        if len(keys) == 1 and mapper.get_property_by_column(keys[0]).key == it.route.key:
            table = mapper.local_table
            unique = [
                one
                for one in (*table.constraints, *table.indexes)  # type: ignore[attr-defined]
                if isinstance(one, UniqueConstraint) or (isinstance(one, Index) and one.unique)
            ]
            names = {
                mapper.get_property_by_column(column).key.removesuffix("_key")
                for one in unique
                if len(one.columns) == 2
                for column in one.columns
            }
            return sorted(names & it.route.changes.keys())
    return []


@cases(_unique_fields)
def test_what_is_unique_is_taken_once(it: Subject, name: str, world: World) -> None:
    assert it.noun.body is not None
    first, second = it.post(world, 0), it.post(world, 1)
    again = it.noun.body(world, 2) | {name: first[name]}
    refused = world.owner.post(f"/api/v1{it.route.path}", json=again)
    assert refused.status_code == 409
    assert refused.json()["code"].endswith("_taken")
    renamed = world.owner.patch(it.one(world, second), json={name: first[name]})
    assert renamed.status_code == 409
    assert renamed.json()["code"] == refused.json()["code"]
    assert it.read(world, second) == second
    assert len(it.list(world)) == 2
    assert world.owner.patch(it.one(world, first), json={name: first[name]}).status_code == 200


@cases(lambda it: [one for one in ("get", "patch", "delete") if it.route.takes(one)])
def test_a_row_that_is_not_there_is_not_found(it: Subject, name: str, world: World) -> None:
    if it.route.key.endswith("_id"):
        it.prepare(world)
        path = it.one(world, {it.route.key: UNKNOWN_ID})
        sent = {"json": {}} if name == "patch" else {}
        answer = world.owner.request(name.upper(), path, **sent)
        assert answer.status_code == 404
        assert answer.json()["code"].endswith("_not_found")


@cases(lambda it: ["delete"] if it.route.takes("delete") else [])
def test_a_row_that_is_deleted_is_gone(it: Subject, name: str, world: World) -> None:
    it.make(world, 2)
    gone, *kept = it.list(world)
    assert kept
    assert world.owner.delete(it.one(world, gone)).status_code == 204
    assert it.list(world) == kept
    again = world.owner.delete(it.one(world, gone)).status_code
    assert again == (204 if it.noun.only_hides else 404)
