"""What a request may be made of: no input of any kind is answered with a 500."""

import pytest

from tests.factories.gyms import PASSWORD

LOGIN = "/api/v1/auth/login"
ME = "/api/v1/organizations/me"
JSON = {"Content-Type": "application/json"}


def test_a_body_beyond_a_megabyte_is_refused_before_it_is_read(client):
    answer = client.post(LOGIN, content=b"x" * (1024 * 1024 + 1), headers=JSON)
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_a_body_of_unknown_length_is_counted(client):
    def parts():
        for _ in range(20):
            yield b" " * 100_000

    answer = client.post(LOGIN, content=parts(), headers=JSON)
    assert answer.status_code == 413


def test_a_lie_about_the_length_does_not_help(client):
    answer = client.post(LOGIN, content=b"x" * 1_100_000, headers=JSON | {"Content-Length": "10"})
    assert answer.status_code == 413


def test_a_megabyte_is_read(client):
    body = b'{"email": "a", "password": "b"' + b" " * 1_000_000 + b"}"
    assert client.post(LOGIN, content=body, headers=JSON).status_code == 401


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
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("path", [LOGIN, "/api/v1/auth/register", "/api/v1/auth/refresh"])
def test_whatever_the_body_is_the_answer_is_the_callers_mistake(client, path, body):
    answer = client.post(path, content=body, headers=JSON)
    assert 400 <= answer.status_code < 500
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
        ("DELETE", "/api/v1/organizations/me", {"GET", "PATCH"}),
        ("PUT", "/api/v1/members", {"GET", "POST"}),
        ("GET", "/api/v1/auth/login", {"POST"}),
        ("POST", "/health", {"GET"}),
    ],
)
def test_405_names_every_method_of_the_path(client, method, path, allowed):
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == allowed
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
