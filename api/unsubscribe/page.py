"""What the unsubscribe link of a mail shows."""

from html import escape

from fastapi.responses import HTMLResponse

from api.kit.pages import render_page


def ask(gym_name: str) -> HTMLResponse:
    name = escape(gym_name)
    return render_page(
        f"Stop mails from {name}?",
        f"<p>You will get no more mails like this from {name}. Your membership stays as it is.</p>"
        '<form method="post"><button type="submit">Stop these mails</button></form>',
    )


def confirm(gym_name: str, token: str) -> HTMLResponse:
    name = escape(gym_name)
    return render_page(
        "You are unsubscribed",
        f"<p>{name} will not send you mails like this any more, whatever its staff enter.</p>"
        "<p>If that was a mistake, take it back here; nobody else can.</p>"
        f'<form method="post" action="{escape(token)}/again"><button type="submit">'
        "Get these mails again</button></form>",
    )


def welcome(gym_name: str) -> HTMLResponse:
    return render_page(
        "You are no longer unsubscribed",
        f"<p>{escape(gym_name)} may write to this address again, unless you refused its mails in "
        "another way.</p>",
    )


def refuse() -> HTMLResponse:
    return render_page(
        "This link does not work",
        "<p>It may have been cut off by your mail program. Open the link in the mail itself, or "
        "reply to the mail and ask the gym to stop.</p>",
        status=404,
    )
