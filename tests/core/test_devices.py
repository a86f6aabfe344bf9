import pytest

from core.devices import UNKNOWN_DEVICE, Device, read_device

LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)"
ANDROID = "Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML)"


@pytest.mark.parametrize(
    ("user_agent", "program", "system"),
    [
        (f"{LINUX} Firefox/133.0", "Firefox", "Linux"),
        (f"{MAC} Chrome/131.0.0.0 Safari/537.36", "Chrome", "macOS"),
        (f"{MAC} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0", "Edge", "macOS"),
        (f"{ANDROID} Chrome/131.0.0.0 Mobile Safari/537.36", "Chrome", "Android"),
        (f"{ANDROID} SamsungBrowser/27.0 Chrome/125.0", "Samsung Internet", "Android"),
        (f"{IPHONE} Version/18.0 Mobile/15E148 Safari/604.1", "Safari", "iPhone"),
        (f"{IPHONE} CriOS/131.0 Mobile/15E148 Safari/604.1", "Chrome", "iPhone"),
        ("python-requests/2.32.3", "python-requests", None),
        ("curl/8.5.0", "curl", None),
    ],
)  # fmt: skip
def test_a_browser_is_known_by_the_name_that_people_call_it(
    user_agent: str, program: str, system: str | None
) -> None:
    assert read_device(user_agent) == Device(program, system)


@pytest.mark.parametrize("user_agent", [None, "", "<script>", "\x00", "é" * 9_999])
def test_what_says_nothing_is_unknown(user_agent: str | None) -> None:
    assert read_device(user_agent) == UNKNOWN_DEVICE
