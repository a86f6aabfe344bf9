"""What the link that confirms an address shows."""

from html import escape

from fastapi.responses import HTMLResponse

from api.email_confirmations.service import FoundLink, LinkState
from api.kit.pages import render_page


def show(link: FoundLink | None) -> HTMLResponse:
    if link is None:
        return render_page(
            "This link does not work",
            "<p>It may have been cut off by your mail program. Open the link in the mail itself, "
            "or sign in and send yourself a new one from the page <em>Gym</em>.</p>",
            status=404,
        )
    address, gym = escape(link.address), escape(link.gym_name)
    if link.state is LinkState.CONFIRMED:
        return render_page(
            "Address confirmed",
            f"<p>{address} is confirmed for {gym}. You can close this page.</p>",
        )
    if link.state is LinkState.EXPIRED:
        return render_page(
            "This link has expired",
            "<p>Nothing was confirmed. Sign in and send yourself a new one from the page "
            "<em>Gym</em>.</p>",
            status=410,
        )
    return render_page(
        "Confirm this address?",
        f"<p>{gym} wants to write to its members by mail, with <strong>{address}</strong> as the "
        "address that their answers go to.</p><p>Confirm only if you registered this gym, or know "
        "who did. Else close this page: nothing happens.</p>"
        '<form method="post"><button type="submit">Confirm</button></form>',
    )
