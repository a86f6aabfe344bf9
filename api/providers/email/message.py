"""A mail as bytes: safe headers, exactly one recipient, text and HTML of the same content."""

import re
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from api.kit.translation import current_language, translate
from api.providers.email.base import OutgoingMail
from api.providers.failures import PermanentFailure
from core.branding import Brand, choose_text, write_colour
from core.translation import t
from db.addresses import read_address

# Longer than any of our headers: folding would break the links and ids in them.
_HEADERS = SMTP.clone(max_line_length=900)
_INTERNATIONAL_HEADERS = _HEADERS.clone(utf8=True)
_MAX_NAME_LENGTH = 100
_LOGO_BOX = (160, 64)
"""Pixels, width and height, that a logo has in a mail. Some programs know attributes alone."""
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def compose(mail: OutgoingMail, sender: str) -> EmailMessage:
    """Build the mail. `sender` is the platform's own bare address; the name is the gym's.

    Raises `PermanentFailure` where `to` is not one plain address.
    """
    try:
        to = read_address(mail.to)
    except ValueError as error:
        raise PermanentFailure(
            t("The member's address is not a valid mail address."), kind="invalid_address"
        ) from error
    try:
        reply_to = None if mail.reply_to is None else read_address(mail.reply_to)
    except ValueError as error:
        raise PermanentFailure(
            t("The gym's reply address is not a valid mail address."), kind="invalid_reply_to"
        ) from error
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(one_line(mail.sender_name), addr_spec=sender)
    message["To"] = _name_address(mail.to_name, to)
    footer = list(mail.footer)
    if reply_to is not None and (reply_to.isascii() or not to.isascii()):
        message["Reply-To"] = _name_address(mail.sender_name, reply_to)
    elif reply_to is not None:
        # In a header it would require SMTPUTF8 of the servers of all members.
        footer.insert(0, translate(t("To answer, write to {address}.", address=mail.reply_to)))
    message["Subject"] = one_line(mail.subject, max_length=250)
    message["Date"] = format_datetime(mail.written_at)
    message["Message-ID"] = mail.message_id
    if mail.unsubscribe_url is not None:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["X-Comeback-Message"] = mail.reference
    text = mail.text.rstrip() if mail.link is None else f"{mail.text.rstrip()}\n\n{mail.link}"
    message.set_content("\n".join([text, "", "-- ", *footer, ""]))
    message.add_alternative(_write_html(mail, footer), subtype="html")
    if mail.brand is not None and mail.brand.logo is not None:
        _add_logo(message, mail)
    for file in mail.attachments:
        kind, _, subtype = file.media_type.partition("/")
        message.add_attachment(
            file.content,
            maintype=kind,
            subtype=subtype,
            filename=file.name,
            params={"charset": "utf-8"} if kind == "text" else None,
        )
    addressees = message["To"].addresses
    if len(addressees) != 1 or addressees[0].addr_spec != to:
        raise PermanentFailure(
            t("The member's address is not one address."), kind="invalid_address"
        )
    return message


def to_bytes(message: EmailMessage) -> bytes:
    """The mail as it goes over the wire, lines ended by CRLF."""
    return message.as_bytes(policy=_INTERNATIONAL_HEADERS if needs_smtputf8(message) else _HEADERS)


def needs_smtputf8(message: EmailMessage) -> bool:
    """Whether the recipient's address has letters that ordinary SMTP cannot carry."""
    return not message["To"].addresses[0].addr_spec.isascii()


def one_line(text: str, *, max_length: int = _MAX_NAME_LENGTH) -> str:
    """Text for a header: no line break, no control or direction character, not too long."""
    # The header classes decode `=?utf-8?q?...?=` in what they are given, line breaks included.
    text = _UNSAFE.sub(" ", text).replace("=?", "= ?")
    return " ".join(text.split())[:max_length].strip()


def _add_logo(message: EmailMessage, mail: OutgoingMail) -> None:
    """Inside the HTML's own part: nothing is fetched, so no program hides it, and nobody learns
    that the mail was opened."""
    page = message.get_body(("html",))
    assert isinstance(page, EmailMessage)
    assert mail.brand is not None
    page.add_related(
        mail.brand.logo,
        maintype="image",
        subtype="png",
        cid=f"<{_name_logo(mail)}>",
        disposition="inline",
        filename="logo.png",
    )


def _name_logo(mail: OutgoingMail) -> str:
    return f"logo.{mail.message_id.strip('<>')}"


def _name_address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")  # `addr_spec` refuses letters beyond ASCII
    return Address(one_line(name), username=local, domain=domain)


def _write_html(mail: OutgoingMail, footer: Sequence[str]) -> str:
    paragraphs = "" if mail.brand is None else _write_heading(mail, mail.brand)
    paragraphs += "".join(
        f"<p>{escape(part.strip()).replace(chr(10), '<br>')}</p>"
        for part in re.split(r"\n\s*\n", mail.text.replace("\r\n", "\n").strip())
    )
    if mail.link is not None:
        paragraphs += f"<p>{_link(mail.link)}</p>"
        if mail.brand is not None:
            paragraphs += _write_button(mail.link, mail.brand)
    lines = "<br>".join(_link(line) for line in footer)
    return (
        f'<!doctype html><html lang="{current_language()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"></head>'
        '<body style="font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:0 auto;padding:1em">'
        f'{paragraphs}<hr style="border:0;border-top:1px solid #ccc;margin:2em 0 1em">'
        f'<p style="font-size:13px;color:#666">{lines}</p></body></html>'
    )


def _write_heading(mail: OutgoingMail, brand: Brand) -> str:
    """Logo or name above a line of the gym's colour. Programs that show no pictures have the
    name."""
    name = escape(one_line(brand.name))
    shown = f"<strong>{name}</strong>"
    if brand.logo is not None:
        width, height = brand.logo_size
        scale = min(_LOGO_BOX[0] / width, _LOGO_BOX[1] / height, 1)
        shown = (
            f'<img src="cid:{_name_logo(mail)}" alt="{name}" width="{round(width * scale) or 1}"'
            f' height="{round(height * scale) or 1}" style="display:block">'
        )
    line = write_colour(brand.colour)
    return (
        f'<div style="border-bottom:4px solid {line};padding-bottom:12px;margin-bottom:24px;'
        f'font-size:20px">{shown}</div>'
    )


def _write_button(link: str, brand: Brand) -> str:
    ground, letters = write_colour(brand.colour), write_colour(choose_text(brand.colour))
    return (
        f'<p><a href="{escape(link)}" style="display:inline-block;padding:10px 20px;'
        f"border-radius:6px;text-decoration:none;background:{ground};color:{letters}"
        f'">{escape(translate(t("Open the link")))}</a></p>'
    )


def _link(line: str) -> str:
    label, separator, url = line.rpartition(" ")
    if not url.startswith(("https://", "http://")):
        return escape(line)
    return f'{escape(label.rstrip(":"))}{separator}<a href="{escape(url)}">{escape(url)}</a>'
