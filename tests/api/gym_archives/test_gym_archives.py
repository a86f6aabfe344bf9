"""An owner takes the whole gym away in one call, and it becomes the same gym elsewhere."""

import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from api.gym_archives.bring_in import main
from api.kit.settings import Settings
from db.models import AuditAction, AuditEntry, MedicalNoteRead, Role
from tests.api.test_security_suspension import suspend
from tests.fixtures.api import ApiClient, SignInAs

EXPORT = "/api/v1/organizations/me/export"
NOTE = "Asthma; carries an inhaler."


def download(caller: ApiClient) -> ZipFile:
    answer = caller.get(EXPORT)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    return ZipFile(io.BytesIO(answer.content))


def add_member(owner: ApiClient, **fields: Any) -> int:
    made = owner.post("/api/v1/members", json={"name": "Žaneta Nováková"} | fields)
    assert made.status_code == 201, made.text
    return int(made.json()["member_id"])


@pytest.fixture
def member_id(owner: ApiClient) -> int:
    """With medical notes."""
    member_id = add_member(owner, number="0017", email="zaneta@example.com")
    path = f"/api/v1/members/{member_id}/medical-notes"
    assert owner.put(path, json={"text": NOTE}).status_code == 200
    return member_id


def test_every_file_is_what_the_manifest_says(owner: ApiClient, member_id: int) -> None:
    with download(owner) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        described = {"manifest.json"}
        for table in manifest["tables"].values():
            lines = archive.read(table["json"]["file"]).splitlines()
            assert len(lines) == table["rows"]
            assert all(set(json.loads(line)) == set(table["columns"]) for line in lines)
            for kind in ("csv", "json"):
                content = archive.read(table[kind]["file"])
                assert hashlib.sha256(content).hexdigest() == table[kind]["sha256"]
                described.add(table[kind]["file"])
        assert described == set(archive.namelist())
        [member] = map(json.loads, archive.read("json/customers.jsonl").splitlines())
    assert (member["customer_id"], member["number"]) == (member_id, "0017")


def test_nothing_of_another_gym_is_in_it(
    owner: ApiClient, other_owner: ApiClient, member_id: int
) -> None:
    add_member(other_owner, name="Canary of another gym")
    with download(owner) as archive:
        everything = b"".join(map(archive.read, archive.namelist()))
    assert "Žaneta".encode() in everything
    assert b"Canary" not in everything


def test_medical_notes_are_opened_and_each_counts_as_read(
    owner: ApiClient, member_id: int, ops_session: Any
) -> None:
    with download(owner) as archive:
        [note] = map(json.loads, archive.read("json/medical_notes.jsonl").splitlines())
    assert (note["customer_id"], note["sealed"]) == (member_id, NOTE)
    read = select(MedicalNoteRead.reader_id).where(MedicalNoteRead.member_id == member_id)
    assert ops_session.scalars(read).all() == [owner.user.user_id]


def test_the_log_keeps_who_took_it(owner: ApiClient, ops_session: Any) -> None:
    download(owner).close()
    entries = select(AuditEntry).where(
        AuditEntry.gym_id == owner.gym_id, AuditEntry.action == AuditAction.EXPORTED
    )
    [entry] = ops_session.scalars(entries).all()
    assert (entry.row_table, entry.actor) == ("gyms", owner.user.name)


def test_a_suspended_gym_is_exported(owner: ApiClient, ops_sessions: Any, member_id: int) -> None:
    suspend(ops_sessions, owner.gym_id)
    with download(owner) as archive:
        assert NOTE.encode() in archive.read("csv/medical_notes.csv")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OWNER}))
def test_nobody_but_the_owner_takes_it(sign_in_as: SignInAs, role: Role) -> None:
    assert sign_in_as(role).get(EXPORT).status_code == 403


class TestBringingIn:
    @pytest.fixture
    def archive(self, owner: ApiClient, member_id: int, tmp_path: Path) -> Path:
        owner.post("/api/v1/tags", json={"name": "Morning"})
        path = tmp_path / "gym.zip"
        path.write_bytes(owner.get(EXPORT).content)
        return path

    @pytest.fixture
    def command(self, api_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
        monkeypatch.setenv("OPS_DATABASE_URL", api_settings.ops_database_url)
        monkeypatch.setenv("SECRET_KEY", api_settings.secret_key)

        def run(archive: Path, email: str) -> None:
            monkeypatch.setattr(sys, "argv", ["bring_in", str(archive), "--gym", email])
            main()

        return run

    def test_a_new_gym_has_the_members_and_their_notes_open_there(
        self, command: Any, archive: Path, other_owner: ApiClient, other_gym: Any
    ) -> None:
        command(archive, other_gym.email)
        [found] = other_owner.get("/api/v1/members", params={"search": "zaneta nov"}).json()[
            "items"
        ]
        assert (found["name"], found["number"]) == ("Žaneta Nováková", "0017")
        path = f"/api/v1/members/{found['member_id']}/medical-notes"
        assert other_owner.get(path).json()["text"] == NOTE

    def test_what_cannot_be_brought_in_is_said_in_one_line(
        self, command: Any, archive: Path, other_owner: ApiClient, other_gym: Any
    ) -> None:
        add_member(other_owner)
        with pytest.raises(SystemExit, match="only a new gym can be filled"):
            command(archive, other_gym.email)
        with pytest.raises(SystemExit, match="no gym's owner signs in as"):
            command(archive, "nobody@example.com")
        with pytest.raises(SystemExit, match="No such file"):
            command(archive.with_name("other.zip"), other_gym.email)
