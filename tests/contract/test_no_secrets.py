"""D-G3-5: nothing secret is committed."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KINDS = {
    "private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY",
    "AWS key": r"\bAKIA[0-9A-Z]{16}\b",
    "GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
    "GitLab token": r"\bglpat-[A-Za-z0-9_-]{20}",
    "Slack token": r"\bxox[abpsr]-[A-Za-z0-9-]{10,}",
    "Stripe key": r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}",
    "Google key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "SendGrid key": r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    "JSON web token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "a package index with credentials": r"https?://[^\s/:@'\"{}$]+:[^\s/@'\"{}$]+@[^\s'\"]*pypi",
    "a password that was set": (
        r"(?im)^[ \t]*(?:export[ \t]+)?(?:SECRET_KEY|SMTP_PASSWORD|DB_PASSWORD|PGADMIN_PASSWORD)"
        r"[ \t]*[=:][ \t]*['\"]?(?!\$|only-the-tests|change-me|secret-key|password\b|admin\b)"
        r"[^\s'\"#]{6,}"
    ),
}
FORBIDDEN_NAMES = re.compile(
    r"(^|/)(\.env(\.(?!example$)[^/]*)?|id_(rsa|ed25519)|[^/]*\.(pem|p12|pfx|key)|\.pypirc|\.netrc)$"
)


def read_committed():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.split("\0") if name]


def find_secrets(text):
    return {kind for kind, pattern in KINDS.items() if re.search(pattern, text)}


def test_d_g3_5_no_committed_file_holds_a_secret():
    found = {}
    for name in read_committed():
        path = ROOT / name
        if path.is_file() and path != Path(__file__):
            kinds = find_secrets(path.read_bytes().decode("utf-8", "ignore"))
            if kinds:
                found[name] = kinds
    assert found == {}


def test_d_g3_5_no_file_of_secrets_is_committed():
    assert [name for name in read_committed() if FORBIDDEN_NAMES.search(name)] == []


def test_what_holds_secrets_is_ignored():
    for name in (".env", ".env.production", ".comeback/env", "api/.env"):
        ignored = subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT, check=False)
        assert ignored.returncode == 0, name


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("private key", "-----BEGIN RSA " + "PRIVATE KEY-----"),
        ("AWS key", "AKIA" + "A" * 16),
        ("GitHub token", "ghp_" + "a" * 36),
        ("Stripe key", "sk_live_" + "a" * 24),
        ("a password that was set", "SECRET_KEY=" + "a1b2c3d4e5f6"),
        ("a password that was set", "  SMTP_PASSWORD: '" + "hunter2hunter2'"),
        ("a package index with credentials", "https://user:" + "pass@pypi.example/simple"),
    ],
)
def test_a_secret_would_be_found(kind, text):
    assert kind in find_secrets(text)


@pytest.mark.parametrize(
    "text",
    ["SECRET_KEY=${SECRET_KEY}", "SECRET_KEY=secret-key", "DB_PASSWORD=password", "sk_live_"],
)
def test_a_placeholder_is_no_secret(text):
    assert find_secrets(text) == set()


def test_only_settings_read_the_environment():
    found = subprocess.run(
        [
            "git",
            "grep",
            "-lE",
            r"os\.(environ|getenv)",
            "--",
            "api",
            "core",
            "db",
            "ds",
            "etl",
            "frontend",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    # db/pgadmin/ runs alone, in pgAdmin's container, without our packages; db/queue/heartbeat.py in
    # every health check, where loading settings would cost more than the check. A notebook is an
    # analyst's own and not part of any process.
    alone = ("db/pgadmin/", "db/queue/heartbeat.py")
    others = [name for name in found.stdout.split() if not name.startswith(alone)]
    assert [name for name in others if not name.endswith(("settings.py", ".ipynb"))] == []
