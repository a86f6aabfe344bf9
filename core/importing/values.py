"""Read single values: numbers on cards, names, addresses, yes and no."""

import re
import unicodedata
from collections.abc import Callable

from core.importing.headers import simplify
from core.importing.problems import ValueProblem
from core.limits import MAX_NAME_LENGTH, MAX_NUMBER_LENGTH, MAX_PHONE_LENGTH
from core.text import compose
from core.translation import t


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


_YES = _words(
    "yes y true t 1 x on ok given granted optin optedin subscribed accepted ja j wahr aktiv",
    "sim s verdadeiro si verdadero oui o vrai sand",
)
_NO = _words(
    "no n false f 0 off refused denied none optout optedout unsubscribed never nein falsch",
    "nao falso non faux nej falsk",
)
_ENDED = _words(
    "cancelled canceled ended expired inactive former left terminated closed deleted archived",
    "cancelado cancelada expirado expirada inativo inativa encerrado vencido vencida",
    "inactivo inactiva caducado caducada baja gekuendigt gekundigt abgelaufen beendet inaktiv",
    "ehemalig ausgetreten resilie resiliee expire expiree inactif inactive ancien",
    "opsagt udmeldt ophort udlobet",
)
_FROZEN = _words(
    "frozen paused onhold hold suspended freeze pause congelado congelada trancado trancada",
    "pausado pausada suspenso suspensa suspendido suspendida pausiert ruhend eingefroren",
    "suspendu suspendue gele gelee enpause frosset bero",
)
_ACTIVE = _words(
    "active current member valid trial open yes 1 true aktiv ativo ativa activo activa actif",
    "aktivt medlem mitglied",
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029]")
_FORMULA_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)
_WHOLE_FLOAT = re.compile(r"^(\d+)[.,]0+$")
_SCIENTIFIC = re.compile(r"^\d+(?:[.,]\d+)?[eE]\+?\d+$")


def clean(text: str) -> str:
    """The text without blanks around it and without what spreadsheets put in front of it."""
    text = text.strip().strip("\ufeff\u200b").strip()
    if found := _FORMULA_TEXT.match(text):
        text = found[1].replace('""', '"').strip()
    # An apostrophe before a formula is how our own files, and Excel, say that it is text.
    if len(text) > 1 and text[0] == "'" and starts_formula(text[1:]):
        text = text[1:].strip()
    return text


def starts_formula(text: str) -> bool:
    """Whether a spreadsheet would run the cell: also behind blanks, and in full-width signs."""
    if text[:1] in ("\t", "\r", "\n"):
        return True
    # One character only: that of a whole cell may take minutes.
    return unicodedata.normalize("NFKC", text.lstrip()[:1]) in ("=", "+", "-", "@")


def read_text(field: str, text: str, max_length: int = MAX_NAME_LENGTH) -> str | None:
    """One line of text in normal form, or None when the cell is empty."""
    text = " ".join(text.split())
    if len(text) > max_length:
        raise _make_too_long(field, max_length)
    if _CONTROL.search(text):
        raise ValueProblem(field, t("The text has control characters in it. Type it again."))
    try:
        text = compose(text)
    except ValueError as error:
        raise ValueProblem(field, error.args[0]) from error
    if len(text) > max_length:  # a few characters are longer in normal form
        raise _make_too_long(field, max_length)
    return text or None


def _make_too_long(field: str, max_length: int) -> ValueProblem:
    return ValueProblem(
        field, t("The text is longer than {longest} characters. Shorten it.", longest=max_length)
    )


def read_number(text: str) -> str | None:
    """A member's number as the gym writes it. `3587.0` is Excel's way to write 3587."""
    number = read_text("number", text, MAX_NUMBER_LENGTH)
    if number is None:
        return None
    if _SCIENTIFIC.match(number):
        raise ValueProblem(
            "number",
            t(
                "'{number}' was shortened by a spreadsheet: its digits are lost. Format"
                " the column as text and export again.",
                number=number,
            ),
        )
    whole = _WHOLE_FLOAT.match(number)
    return whole[1] if whole else number


def read_email(text: str, keep_address: Callable[[str], str]) -> str | None:
    """`keep_address` returns an address as it is stored and raises ValueError for what is none."""
    text = text.removeprefix("mailto:").strip("<> ")
    if not text:
        return None
    try:
        return keep_address(text)
    except ValueError as error:
        raise ValueProblem(
            "email",
            t(
                "'{text}' is not one e-mail address. Write it like anna@example.com, or"
                " leave the cell empty.",
                text=text[:80],
            ),
        ) from error


def read_phone(text: str) -> str | None:
    phone = read_text("phone", text, MAX_PHONE_LENGTH)
    if phone is None:
        return None
    if _SCIENTIFIC.match(phone):
        raise ValueProblem(
            "phone",
            t(
                "'{phone}' was shortened by a spreadsheet: its digits are lost. Format the"
                " column as text and export again, or leave the cell empty.",
                phone=phone,
            ),
        )
    if sum(mark.isdigit() for mark in phone) < 3:
        raise ValueProblem(
            "phone",
            t("'{phone}' is not a phone number. Correct it, or leave the cell empty.", phone=phone),
        )
    return phone


def read_yes_no(field: str, text: str) -> bool | None:
    """Yes or no in six languages; None when the cell is empty."""
    word = simplify(text)
    if not word:
        return None
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueProblem(
        field,
        t(
            "'{text}' is neither yes nor no. Write yes or no, or leave the cell empty.",
            text=text[:40],
        ),
    )


def read_status(text: str) -> str | None:
    """active, frozen, ended; None for an empty cell or an unknown word."""
    word = simplify(text)
    if word in _ENDED:
        return "ended"
    if word in _FROZEN:
        return "frozen"
    return "active" if word in _ACTIVE else None
