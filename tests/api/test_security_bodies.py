"""What a request may be made of: no input of any kind is answered with a 500."""

import time
from contextlib import suppress

import pytest

from api.kit.bodies import _check_body
from api.kit.errors import Invalid
from api.kit.rate_limits import PerMinute
from tests.factories.gyms import PASSWORD

LOGIN = "/api/v1/auth/login"
ME = "/api/v1/organizations/me"
JSON = {"Content-Type": "application/json"}


def test_a_body_beyond_a_megabyte_is_refused_before_it_is_read(owner):
    answer = owner.request("PATCH", ME, content=b"x" * (1024 * 1024 + 1), headers=JSON)
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


@pytest.mark.parametrize("path", [LOGIN, "/api/v1/auth/register", "/api/v1/auth/refresh", "/u/x"])
def test_where_nobody_signs_in_a_body_has_sixteen_kilobytes(owner, path):
    """Also for who has signed in: nothing that is sent there is larger."""
    answer = owner.post(path, content=b" " * (16 * 1024 + 1), headers=JSON)
    assert answer.status_code == 413
    assert "16 kB" in answer.json()["detail"]


def test_a_larger_body_is_only_read_for_someone_signed_in(client, owner):
    """401, and not 413: whose token has ended renews it and sends the same again."""
    body = b'{"address": "x"' + b" " * 100_000 + b"}"
    assert owner.request("PATCH", ME, content=body, headers=JSON).status_code == 200

    def parts():
        yield from [b" " * 10_000] * 2

    for authorization in ({}, {"Authorization": "Bearer x"}):
        headers = JSON | authorization
        answer = client.request("PATCH", ME, content=body, headers=headers)
        assert answer.status_code == 401
        assert client.request("PATCH", ME, content=parts(), headers=headers).status_code == 413


def test_a_body_of_unknown_length_is_counted(client):
    def parts():
        for _ in range(20):
            yield b" " * 100_000

    answer = client.post(LOGIN, content=parts(), headers=JSON)
    assert answer.status_code == 413


def test_a_lie_about_the_length_does_not_help(client):
    answer = client.post(LOGIN, content=b"x" * 1_100_000, headers=JSON | {"Content-Length": "10"})
    assert answer.status_code == 413


def test_a_megabyte_is_read(owner):
    body = b'{"address": "x"' + b" " * 1_000_000 + b"}"
    assert owner.request("PATCH", ME, content=body, headers=JSON).status_code == 200


@pytest.mark.parametrize(
    "field", ["name", "username", "email", "phone", "address", "timezone", "currency", "reply_to"]
)
@pytest.mark.parametrize(
    "text", ["\\u0000", "a\\u0000b", "\\ud800", "\\udfff", "\\ud800\\ud800", "\\\\\\u0000"]
)
def test_text_that_cannot_be_stored_is_refused(owner, field, text):
    body = f'{{"{field}": "{text}"}}'.encode()
    answer = owner.request("PATCH", ME, content=body, headers=JSON)
    assert answer.status_code == 422


@pytest.mark.parametrize("text", ["🏋️", "\\ud83c\\udfcb", "C:\\\\u0000", "é", "\u202e", "' -- %s"])
def test_unusual_text_is_stored_as_it_is(owner, text):
    body = f'{{"address": "{text}"}}'.encode()
    answer = owner.request("PATCH", ME, content=body, headers=JSON)
    assert answer.status_code == 200
    assert owner.get(ME).json()["address"] == answer.json()["address"]


@pytest.mark.parametrize("path", ["/health?a=%00", "/health?%00=1", "/api/v1/members?search=a%00b"])
def test_nul_in_an_address_is_refused(owner, path):
    assert owner.get(path).status_code == 422


def test_nul_in_a_form_is_refused(client):
    body = b"username=a%00&password=b"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post(LOGIN + "/form", content=body, headers=headers).status_code == 422


BODIES = [
    b"",
    b"null",
    b"[]",
    b'"x"',
    b"5",
    b"{",
    b"{}",
    b"NaN",
    b'{"email": NaN, "password": Infinity}',
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b'{"email": "\xed\xa0\x80", "password": "x"}',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"email": ' + b"9" * 10_000 + b', "password": "x"}',
    b'{"email": {"a": 1}, "password": ["x"]}',
    b'{"\\ud800": 1}',
    b'{"email": "a", "password": "b", "' + b"k" * 10_000 + b'": 1}',
    b'{"email": "a", "email": "b", "password": "c", "password": "d"}',
    b"\x00",
    b'{"email": "a", "password": ' + b"9" * 8_000 + b"}",
    b"[]" * 8_000,
    b'{"a":[' * 2_000 + b"1" + b"]}" * 2_000,
    b'"' + b'\\"' * 8_000,
    '{"email": "a"}'.encode("utf-16"),
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("path", [LOGIN, "/api/v1/auth/register", "/api/v1/auth/refresh"])
def test_whatever_the_body_is_the_answer_is_the_callers_mistake(client, path, body):
    answer = client.post(path, content=body, headers=JSON)
    has_two_of_a_name = body.startswith(b'{"email": "a", "email"')
    accepted = {401, 422} if has_two_of_a_name else {422}
    assert answer.status_code in ({413} if len(body) > 16 * 1024 else accepted)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("kind", ["", "text/plain", "application/xml", "multipart/form-data", "x"])
def test_another_kind_of_body_is_the_callers_mistake(client, kind):
    answer = client.post(LOGIN, content=b'{"email": "a"}', headers={"Content-Type": kind})
    assert answer.status_code in (400, 415, 422)


@pytest.mark.parametrize(
    "number",
    ["0", "-1", "9223372036854775808", "9" * 400, "1.5", "1e3", "abc", "%00", "𝟙", "+1", "0x1"],
)
@pytest.mark.parametrize("path", ["/api/v1/members/{}", "/api/v1/membership-plans/{}"])
def test_an_id_that_is_none_is_not_found_or_refused(owner, path, number):
    assert owner.get(path.format(number)).status_code in (404, 422)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/v1/organizations/me", {"GET", "HEAD", "PATCH"}),
        ("PUT", "/api/v1/members", {"GET", "HEAD", "POST"}),
        ("PUT", "/api/v1/members/1", {"DELETE", "GET", "HEAD", "PATCH"}),
        ("GET", "/api/v1/auth/login", {"POST"}),
        ("HEAD", "/api/v1/auth/login", {"POST"}),
        ("POST", "/health", {"GET", "HEAD"}),
        ("DELETE", "/api/v1/check-ins/bulk", {"POST"}),
        ("GET", "/api/v1/campaigns/preview", {"POST"}),
        ("POST", "/api/v1/campaigns/templates", {"GET", "HEAD"}),
    ],
)
def test_405_names_every_method_of_the_path(client, method, path, allowed):
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == allowed
    if method != "HEAD":
        assert answer.json()["code"] == "method_not_allowed"


def test_an_upload_is_only_read_for_someone_signed_in(client, owner):
    """The form would else be read to its end before the route asks who is there."""
    headers = {"Content-Type": "multipart/form-data; boundary=x"}

    def parts():
        yield b"--x\r\n"
        raise AssertionError("read on")

    for authorization in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}):
        answer = client.post("/api/v1/imports", content=parts(), headers=headers | authorization)
        assert answer.status_code == 401


def test_a_multipart_body_elsewhere_is_limited_like_any(client):
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = client.post(LOGIN + "/form", content=b"x" * 2_000_000, headers=headers)
    assert answer.status_code == 413


def test_the_password_is_not_repeated_in_a_refusal(client):
    answer = client.post(
        "/api/v1/auth/register", json={"name": "x", "password": "hush", "unknown": PASSWORD}
    )
    assert answer.status_code == 422
    assert "hush" not in answer.text
    assert PASSWORD not in answer.text


COSTLY = {
    "unknown fields": b"{" + b",".join(b'"%d":1' % n for n in range(100_000)) + b"}",
    "unknown fields of one name": b"{" + b",".join([b'"a":1'] * 150_000) + b"}",
    "a list of wrong things": b'{"member_ids":[' + b",".join([b'"x"'] * 240_000) + b"]}",
    "as many ids as there may be, all wrong": b'{"member_ids":['
    + b",".join([b'"x"'] * 10_000)
    + b"]}",
    "lists in lists": b"[" * 500_000 + b"]" * 500_000,
    "lists in lists, open": b"[" * 1_000_000,
    "objects in objects": b'{"a":' * 190_000 + b"1" + b"}" * 50_000,
    "many small lists": b"[" + b",".join([b"[]"] * 340_000) + b"]",
    "backslashes": b'{"body":"' + b"\\\\" * 500_000 + b'"}',
    "quotes": b'"' * 1_000_000,
    "escaped quotes": b'"' + b'\\"' * 500_000,
    "a number": b'{"page":' + b"9" * 1_000_000 + b"}",
    "many numbers": b"[" + b",".join([b"9" * 4_000] * 240) + b"]",
    "half surrogates": b'{"body":"' + b"\\ud800" * 170_000 + b'"}',
}


BULK_COSTLY = {
    "empty texts": b'{"check_ins":[' + b'"",' * 1_390_000 + b'""]}',
    "one long text": b'{"check_ins":"' + b"x" * 4_000_000 + b'"}',
    "texts of NUL that is none": b'{"check_ins":"' + b"\\\\u0000" * 500_000 + b'"}',
}


@pytest.mark.parametrize("name", BULK_COSTLY)
def test_a_large_body_is_looked_through_at_the_speed_of_c(name: str) -> None:
    best = float("inf")
    for _ in range(3):
        begun = time.process_time()
        with suppress(Invalid):
            _check_body(BULK_COSTLY[name], "application/json", is_bulk=True)
        best = min(best, time.process_time() - begun)
    assert best < 0.2


def test_an_escaped_backslash_before_u0000_is_no_nul(owner):
    for text, is_nul in (('"\\u0000"', True), ('"\\\\u0000"', False), ('"\\\\\\u0000"', True)):
        body = b'{"subject": ' + text.encode() + b', "body": "x", "member_ids": [1]}'
        answer = owner.post("/api/v1/campaigns/preview", content=body, headers=JSON)
        assert (answer.status_code == 422) is is_nul, text


@pytest.mark.parametrize("name", COSTLY)
def test_a_body_that_no_route_can_use_is_refused_at_once(owner, name):
    """Each would stop everybody else for a second or more, and some for minutes."""
    best = float("inf")
    for _ in range(3):
        begun = time.process_time()
        answer = owner.post("/api/v1/campaigns/preview", content=COSTLY[name], headers=JSON)
        best = min(best, time.process_time() - begun)
        assert answer.status_code == 422
    assert best < 0.2


def test_bulk_check_ins_have_a_bound_of_fields_too(owner):
    rows = b'{"check_ins":[{' + b",".join(b'"%d":1' % n for n in range(380_000)) + b"}]}"
    begun = time.process_time()
    answer = owner.post("/api/v1/check-ins/bulk", content=rows, headers=JSON)
    assert answer.status_code == 422
    assert "200,000 fields" in answer.json()["detail"]
    assert time.process_time() - begun < 1


def test_a_form_and_an_address_have_a_bound_of_fields(client, owner):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = client.post(LOGIN + "/form", content=b"&a=b" * 3_000, headers=form)
    assert answer.status_code == 422
    assert "100 fields" in answer.json()["detail"]
    for query in ("a=b&" * 900, "a;" * 900, "a=" + "b" * 5_000):
        assert owner.get(f"/api/v1/members?{query}").status_code == 422
    assert owner.get("/api/v1/members/" + "9" * 5_000).status_code == 422


def test_who_is_over_the_limit_is_told_so_whatever_they_send(api_app, client, monkeypatch):
    monkeypatch.setattr(api_app.state.rates, "_limits", PerMinute(user=1, gym=1, address=1))
    api_app.state.rates.reset()
    codes = [client.post(LOGIN, content=b"{", headers=JSON).status_code for _ in range(2)]
    api_app.state.rates.reset()
    assert codes == [422, 429]


def test_two_lengths_are_refused_and_the_connection_ends(client):
    headers = JSON | {"Content-Length": "5", "Transfer-Encoding": "chunked"}
    answer = client.post(LOGIN, content=b"{}", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["code"] == "two_lengths"
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "[::1]", ""])
@pytest.mark.parametrize("path", ["/api/v1/members/", "/docs/", "/docs/assets", "/health/", "/u"])
def test_nothing_sends_a_caller_to_the_host_that_was_asked_for(client, host, path):
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 404
    assert "location" not in answer.headers


@pytest.mark.parametrize("path", ["/health", "/openapi.json", "/docs", ME, "/aluno/1", "/nowhere"])
def test_head_is_answered_as_get_is_without_the_body(owner, path):
    got, head = owner.get(path), owner.request("HEAD", path)
    assert head.status_code == got.status_code
    assert head.content == b""
    assert head.headers["content-length"] == got.headers["content-length"]
    assert head.headers["content-type"] == got.headers["content-type"]


def test_every_operation_says_what_its_body_may_be_refused_for(api_app):
    for item in api_app.openapi()["paths"].values():
        for operation in item.values():
            assert ("requestBody" not in operation) or (
                {"400", "408", "413", "422"} <= operation["responses"].keys()
            )
