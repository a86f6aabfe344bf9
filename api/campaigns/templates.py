"""Texts to start from, one for each main reason to write. Each is in the catalogue as a whole."""

from dataclasses import dataclass

from core.translation import mark
from db.stats.at_risk import Tab


@dataclass(frozen=True)
class Template:
    key: str
    name: str
    subject: str
    body: str
    tab: Tab | None = None
    """The tab of the list at risk whose members it is meant for; None: for anybody."""


TEMPLATES: tuple[Template, ...] = (
    Template(
        key="we_miss_you",
        tab=Tab.DRIFTING,
        name=mark("We miss you"),
        subject=mark("We miss you at {{gym}}, {{first_name|friend}}"),
        body=mark("""Hi {{first_name|there}},

It has been a while since we last saw you, and we noticed.

Is there anything that would make it easier to come this week? A different time, a class to try, \
someone to train with? Just reply to this mail. A person reads it.

See you soon,
{{gym}}"""),
    ),
    Template(
        key="visits_down",
        name=mark("Coming less often"),
        subject=mark("Everything all right, {{first_name|there}}?"),
        body=mark("""Hi {{first_name|there}},

We see you a little less often than we used to. Weeks get full, we know.

One visit is enough to get back into it. If your plan or your times no longer fit, reply and tell \
us. We will find something that does.

All the best,
{{gym}}"""),
    ),
    Template(
        key="not_started",
        tab=Tab.NOT_STARTED,
        name=mark("Not started yet"),
        subject=mark("Your first visit to {{gym}}"),
        body=mark("""Hi {{first_name|there}},

You joined us and have not had your first session yet. The first one is the hardest, so let us \
make it easy.

Reply with a day and a time that suit you, and someone will be at the door to show you around. \
No experience needed, and nothing to prepare.

Looking forward to meeting you,
{{gym}}"""),
    ),
    Template(
        key="gone",
        tab=Tab.GONE,
        name=mark("Gone for long"),
        subject=mark("The door is open, {{first_name|friend}}"),
        body=mark("""Hi {{first_name|there}},

You have not been in for some time. Whatever the reason, you are welcome back, and you do not \
have to start where you left off.

If something kept you away that we could change, we would like to hear it. Just reply to this mail.

Warm regards,
{{gym}}"""),
    ),
)
