"""What the link that confirms an address shows."""

from html import escape

from fastapi.responses import HTMLResponse

from api.email_confirmations.service import FoundLink, LinkState
from api.kit.pages import render_page
from api.kit.translation import translate
from core.translation import Sentence, t


def show(link: FoundLink | None) -> HTMLResponse:
    if link is None:
        return render_page(
            translate(t("This link does not work")),
            _say(
                t(
                    "It may have been cut off by your mail program. Open the link in the mail"
                    " itself, or sign in and send yourself a new one from the page Gym profile."
                )
            ),
            status=404,
        )
    address, gym = escape(link.address), escape(link.gym_name)
    if link.state is LinkState.CONFIRMED:
        return render_page(
            translate(t("Address confirmed")),
            _say(
                t(
                    "{address} is confirmed for {gym}. You can close this page.",
                    address=address,
                    gym=gym,
                )
            ),
        )
    if link.state is LinkState.EXPIRED:
        return render_page(
            translate(t("This link has expired")),
            _say(
                t(
                    "Nothing was confirmed. Sign in and send yourself a new one from the page Gym"
                    " profile."
                )
            ),
            status=410,
        )
    return render_page(
        translate(t("Confirm this address?")),
        _say(
            t(
                "{gym} wants to write to its members by mail, with {address} as the address that"
                " their answers go to.",
                gym=gym,
                address=f"<strong>{address}</strong>",
            ),
            t(
                "Confirm only if you registered this gym, or know who did. Else close this page:"
                " nothing happens."
            ),
        )
        + f'<form method="post"><button type="submit">{translate(t("Confirm"))}</button></form>',
    )


def _say(*paragraphs: Sentence) -> str:
    return "".join(f"<p>{translate(paragraph)}</p>" for paragraph in paragraphs)
