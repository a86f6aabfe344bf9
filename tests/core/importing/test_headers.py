"""Headers are recognised in six languages, and a choice by hand is obeyed."""

import io
from datetime import UTC, datetime

import pytest

from core.importing import FileProblem, ImportFile, Kind
from core.importing.headers import guess_mapping, name_columns
from db.addresses import keep_address

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (
            "Member ID,First Name,Last Name,E-Mail,Mobile,Date of Birth,Joined,Plan,Opt-in",
            "number first_name last_name email phone birth_date join_date plan email_consent",
        ),
        (
            "Matrícula,Nome,E-mail,Telefone,Data de Nascimento,Sexo,Data de Matrícula,Plano",
            "number name email phone birth_date gender join_date plan",
        ),
        (
            "Mitgliedsnr.,Vorname,Name,E-Mail-Adresse,Handy,Geburtsdatum,Eintritt,Tarif,Einwilligung",
            "number first_name last_name email phone birth_date join_date plan email_consent",
        ),
        (
            "Número de socio,Nombre,Apellidos,Correo electrónico,Móvil,Fecha de nacimiento,Sexo",
            "number first_name last_name email phone birth_date gender",
        ),
        (
            "N° adhérent,Nom,Prénom,Courriel,Téléphone,Date de naissance,Formule,Consentement",
            "- last_name first_name email phone birth_date plan email_consent",
        ),
        (
            "Medlemsnummer,Fornavn,Efternavn,E-mail,Tlf.nr.,Fødselsdato,Køn,Indmeldt,Samtykke",
            "number first_name last_name email phone birth_date gender join_date email_consent",
        ),
        ("id,member_id,name", "- number name"),
        ("MEDLEM,navn,newsletter", "number name email_consent"),
    ],
)
def test_member_lists_of_six_languages_are_understood(header: str, fields: str) -> None:
    columns = header.split(",")
    expected = {
        field: column for field, column in zip(fields.split(), columns, strict=True) if field != "-"
    }
    assert guess_mapping("members", columns) == expected


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("member,entered_at,token_type", "number check_in method"),
        ("Card No;Check-in;Check-out;Door", "number check_in check_out method"),
        ("Date;Time;Member number", "date time number"),
        ("Datum;Uhrzeit;Mitgliedsnummer", "date time number"),
        ("Data;Hora;Matrícula", "date time number"),
        ("Kortnummer;Tidspunkt", "number check_in"),
        ("Carte;Date;Heure", "number date time"),
        ("Socio;Fecha y hora", "number check_in"),
        ("id;member_id;timestamp", "- number check_in"),
        ("client;date", "number date"),
    ],
)
def test_door_logs_of_six_languages_are_understood(header: str, fields: str) -> None:
    columns = header.replace(",", ";").split(";")
    expected = {f: c for f, c in zip(fields.split(), columns, strict=True) if f != "-"}
    assert guess_mapping("visits", columns) == expected


def test_an_opt_out_is_never_taken_for_a_consent() -> None:
    assert guess_mapping("members", ["name", "Opt-out"]) == {
        "name": "name",
        "email_opt_out": "Opt-out",
    }


def test_empty_and_repeated_headers_get_names_of_their_own() -> None:
    assert name_columns(["name", "", "name"]) == ("name", "column 2", "name (column 3)")


def _open(mapping: dict[str, str], kind: Kind = Kind.VISITS) -> ImportFile:
    return ImportFile(
        io.BytesIO(b"A,B,When left\n12,2024-05-01 10:00,2024-05-01 11:00\n"),
        kind=kind,
        filename="odd.csv",
        timezone="UTC",
        now=NOW,
        mapping=mapping,
        keep_address=keep_address,
    )


def test_a_choice_by_hand_reads_columns_that_nobody_could_guess() -> None:
    file = _open({"number": "A", "check_in_time": "b", "check_out": "When left"})
    (row,) = file.read_rows(lambda *problem: None)
    assert (row.number, row.check_in.hour, row.check_out.hour) == ("12", 10, 11)
    assert file.mapping == {"number": "A", "check_in": "B", "check_out": "When left"}


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"number": "A", "check_in": "C"}, "unknown_column"),
        ({"shoe": "A"}, "unknown_field"),
        ({"number": "A"}, "no_matching_column"),
        ({"check_in": "B"}, "no_matching_column"),
    ],
)
def test_a_wrong_choice_is_refused_with_the_columns_to_choose_from(
    mapping: dict[str, str], code: str
) -> None:
    with pytest.raises(FileProblem) as problem:
        _open(mapping)
    assert problem.value.code == code
    if code != "unknown_field":
        assert problem.value.columns == ("A", "B", "When left")
