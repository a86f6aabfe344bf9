"""What the unsubscribe link of a mail shows."""

from html import escape

from fastapi.responses import HTMLResponse

from api.kit.pages import render_page
from api.kit.translation import translate
from core.translation import Sentence, t


def ask(gym_name: str) -> HTMLResponse:
    name = escape(gym_name)
    return render_page(
        translate(t("Stop mails from {gym}?", gym=name)),
        _say(
            t(
                "You will get no more mails like this from {gym}. Your membership stays as it is.",
                gym=name,
            )
        )
        + _ask_for(t("Stop these mails")),
    )


def confirm(gym_name: str, token: str) -> HTMLResponse:
    name = escape(gym_name)
    return render_page(
        translate(t("You are unsubscribed")),
        _say(
            t(
                "{gym} will not send you mails like this any more, whatever its staff enter.",
                gym=name,
            ),
            t("If that was a mistake, take it back here; nobody else can."),
        )
        + _ask_for(t("Get these mails again"), f' action="{escape(token)}/again"'),
    )


def welcome(gym_name: str) -> HTMLResponse:
    return render_page(
        translate(t("You are no longer unsubscribed")),
        _say(
            t(
                "{gym} may write to this address again, unless you refused its mails in another"
                " way.",
                gym=escape(gym_name),
            )
        ),
    )


def refuse() -> HTMLResponse:
    return render_page(
        translate(t("This link does not work")),
        _say(
            t(
                "It may have been cut off by your mail program. Open the link in the mail itself,"
                " or reply to the mail and ask the gym to stop."
            )
        ),
        status=404,
    )


def _say(*paragraphs: Sentence) -> str:
    return "".join(f"<p>{translate(paragraph)}</p>" for paragraph in paragraphs)


def _ask_for(label: Sentence, action: str = "") -> str:
    return f'<form method="post"{action}><button type="submit">{translate(label)}</button></form>'
