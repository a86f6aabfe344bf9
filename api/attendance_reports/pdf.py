"""A report as an A4 page: four figures, the day by hours, and who is new or back."""

import io
import logging
from collections.abc import Sequence
from datetime import date
from math import ceil
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date
from fpdf import FPDF
from fpdf.fonts import TTFFont

from api.attendance_reports.schemas import ReportDetail, ReportMember
from api.attendance_reports.text_fitting import UNKNOWN, shorten, spell
from api.kit.translation import LOCALES, current_language, translate
from core.branding import PLATFORM, WHITE, Brand, Colour, make_visible
from core.translation import Quantity, count, join, t

FONTS = Path(__file__).with_name("fonts")
FAMILY = "Comeback Text"

# They log which letters a font is cut down to: those of members' names.
for chatty in ("fontTools", "fpdf"):
    logging.getLogger(chatty).setLevel(logging.ERROR)

INK: Final[Colour] = (31, 41, 51)
MUTED: Final[Colour] = (96, 112, 128)
LINE: Final[Colour] = (221, 227, 232)
PANEL: Final[Colour] = (243, 246, 247)
ORANGE: Final[Colour] = (201, 74, 17)

# Millimetres.
LEFT, RIGHT, TOP, BOTTOM = 18.0, 192.0, 17.0, 277.0
WIDTH = RIGHT - LEFT
ROW = 5.6
GAP, LIST_GAP = 5.0, 9.0
LOGO_WIDTH, LOGO_HEIGHT = 36.0, 14.0

Entry = tuple[str, str]
"""A line of a list: a name, and a note or nothing to its right."""


def draw_report(report: ReportDetail, brand: Brand | None = None) -> bytes:
    """In the gym's looks. Equal reports make equal PDFs: their date is of the computation."""
    page = _Page(report, brand)
    page.draw_heading()
    page.draw_figures()
    page.draw_hours()
    page.draw_list(
        translate(t("First visit")),
        [(page.name(member), "") for member in report.first_timer_members],
        columns=3,
        nobody=translate(t("Nobody came for the first time.")),
    )
    page.draw_list(
        translate(t("Back after an absence")),
        [
            (page.name(one), translate(count(one.days_away, "{n} day", "{n} days")))
            for one in report.returned_members
        ],
        columns=2,
        nobody=translate(t("Nobody came back after an absence.")),
    )
    return bytes(page.output())


def format_day(day: date) -> str:
    """The day in full: Tuesday, 17 November 2026."""
    weekday = format_date(day, "EEEE", locale=LOCALES[current_language()])
    return translate(join(", ", weekday, day))


def format_number(number: int) -> str:
    return translate(join("", Quantity(number)))


def format_hour(hour: int) -> str:
    """A local hour from its beginning to its end."""
    return f"{hour:02}:00–{(hour + 1) % 24:02}:00"


def choose_step(most: int) -> int:
    """The distance of a chart's lines: 1, 2 or 5 times a power of ten, at most five lines."""
    step = 1
    while most > 5 * step:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return step


class _Page(FPDF):
    def __init__(self, report: ReportDetail, brand: Brand | None) -> None:
        super().__init__(format="A4")
        self.report = report
        self.logo = None if brand is None else brand.logo
        self.accent = PLATFORM if brand is None else make_visible(brand.colour, on=WHITE)
        self.set_creation_date(report.computed_at)
        self.set_auto_page_break(False)
        self.c_margin = 0
        for style, weight in (("", "Regular"), ("B", "Semibold")):
            self.add_font(FAMILY, style, FONTS / f"ComebackText-{weight}.ttf")
        self.set_font(FAMILY)
        font = self.current_font
        self.known = frozenset(font.cmap) if isinstance(font, TTFFont) else frozenset[int]()
        self.gym = self.spell(report.gym_name)
        self.set_lang(current_language())
        self.set_title(
            translate(t("Attendance of {gym} on {day}", gym=self.gym, day=str(report.day)))
        )
        self.add_page()

    def spell(self, text: str) -> str:
        return spell(text, self.known)

    def name(self, member: ReportMember) -> str:
        """A name that cannot be shown as a whole comes with the member's id."""
        name = self.spell(member.name)
        return f"{name} ({member.member_id})" if UNKNOWN in name else name

    def header(self) -> None:
        if self.page_no() == 1:
            return
        self.write_line(TOP - 4, format_day(self.report.day), size=9, colour=MUTED, width=WIDTH / 2)
        self.write_line(
            TOP - 4, self.gym, size=9, colour=MUTED, x=LEFT + 70, width=WIDTH - 70, align="right"
        )
        self.set_y(TOP + 5)

    def footer(self) -> None:
        y = self.y
        self.write_line(
            284, translate(t("Comeback · daily attendance report")), size=8, colour=MUTED
        )
        # At the end {nb} becomes the number of pages, which is narrower.
        spare = self.measure("{nb}") - self.measure("9")
        self.set_xy(LEFT, 284)
        self.cell(
            WIDTH + spare,
            3.6,
            translate(t("Page {page} of {pages}", page=self.page_no(), pages="{nb}")),
            align="R",
        )
        self.set_y(y)

    def measure(self, text: str) -> float:
        """Millimetres in the font that is set."""
        assert self.current_font is not None
        return self.current_font.get_text_width(text, self.font_size_pt, None)[1] / self.k

    def write_line(
        self,
        y: float,
        text: str,
        *,
        size: float,
        colour: Colour = INK,
        style: str = "",
        x: float = LEFT,
        width: float = WIDTH,
        align: Literal["left", "center", "right"] = "left",
    ) -> None:
        """One line with its top at `y`, its end left out where it does not fit.

        `FPDF.cell` does as much and takes three times as long: it looks for markup and breaks.
        """
        self.set_font(FAMILY, style, size)
        self.set_text_color(*colour)
        text = shorten(text, width, self.measure)
        if align != "left":
            spare = width - self.measure(text)
            x += spare if align == "right" else spare / 2
        self.text(x, y + size * 0.331, text)

    def draw_heading(self) -> None:
        report = self.report
        if self.logo is not None:
            self.image(
                io.BytesIO(self.logo), RIGHT - LOGO_WIDTH, TOP, LOGO_WIDTH, LOGO_HEIGHT,
                keep_aspect_ratio=True, alt_text=self.gym,
            )  # fmt: skip
        room = WIDTH if self.logo is None else WIDTH - LOGO_WIDTH - GAP
        self.write_line(TOP, self.gym, size=12, style="B", colour=self.accent, width=room)
        self.write_line(TOP + 6, format_day(report.day), size=22, style="B")
        computed = report.computed_at.astimezone(ZoneInfo(report.timezone))
        about = t(
            "Daily attendance · local time of {timezone} · computed {moment}",
            timezone=report.timezone,
            moment=computed,
        )
        self.write_line(TOP + 17, translate(about), size=9, colour=MUTED)
        self.set_y(TOP + 26)
        if not report.is_complete:
            words = translate(t("The day was not over yet. These are its figures so far."))
            self.write_line(TOP + 22, words, size=9, style="B", colour=ORANGE)
            self.set_y(TOP + 30)

    def draw_figures(self) -> None:
        report = self.report
        came = report.peak_hour is not None
        cards = (
            (
                translate(t("Visits")),
                format_number(report.visits),
                translate(count(report.unique_members, "by {n} member", "by {n} members")),
            ),
            (
                translate(t("Peak hour")),
                format_hour(report.peak_hour) if report.peak_hour is not None else "–",
                translate(
                    count(report.peak_visits, "{n} entry", "{n} entries")
                    if came
                    else t("no visits")
                ),
            ),
            (
                translate(t("First visit")),
                format_number(report.first_timers),
                translate(t("came for the first time")),
            ),
            (
                translate(t("Back")),
                format_number(report.returned),
                translate(t("came after an absence")),
            ),
        )
        top, height = self.y, 24.0
        width = (WIDTH - 3 * GAP) / len(cards)
        for place, (label, figure, words) in enumerate(cards):
            x = LEFT + place * (width + GAP)
            self.set_fill_color(*PANEL)
            self.rect(x, top, width, height, style="F", round_corners=True, corner_radius=1.6)
            x, inner = x + 3.5, width - 6
            self.write_line(top + 3.2, label, size=9, colour=MUTED, x=x, width=inner)
            self.write_line(top + 8.6, figure, size=16, style="B", x=x, width=inner)
            self.write_line(top + 17, words, size=9, colour=MUTED, x=x, width=inner)
        self.set_y(top + height + 9)

    def draw_hours(self) -> None:
        self.draw_title(translate(t("Entries by hour")))
        hours = self.report.hours
        top, height, left = self.y + 6, 42.0, LEFT + 9
        base, slot = top + height, (RIGHT - left) / len(hours)
        step = choose_step(max(hours))
        most = step * max(1, ceil(max(hours) / step))
        self.set_line_width(0.2)
        for value in range(0, most + 1, step):
            y = base - height * value / most
            self.set_draw_color(*(MUTED if value == 0 else LINE))
            self.line(left, y, RIGHT, y)
            self.write_line(
                y - 1.8,
                format_number(value),
                size=8,
                colour=MUTED,
                x=LEFT - 5,
                width=12,
                align="right",
            )
        for hour, visits in enumerate(hours):
            self._draw_hour(hour, visits, left + hour * slot, slot, base, height / most)
        if not any(hours):
            self.write_line(
                top + 16,
                translate(t("No visits on this day.")),
                size=10,
                colour=MUTED,
                x=left,
                align="center",
            )
        self.set_y(base + 14)

    def _draw_hour(
        self, hour: int, visits: int, x: float, slot: float, base: float, scale: float
    ) -> None:
        is_peak = hour == self.report.peak_hour
        colour = ORANGE if is_peak else self.accent
        if visits:
            self.set_fill_color(*colour)
            self.rect(
                x + slot * 0.16, base - visits * scale, slot * 0.68, visits * scale, style="F"
            )
            self.write_line(
                base - visits * scale - 4,
                format_number(visits),
                size=8,
                style="B" if is_peak else "",
                colour=colour if is_peak else INK,
                x=x - 2,
                width=slot + 4,
                align="center",
            )
        self.write_line(
            base + 1.4, f"{hour}", size=8, colour=MUTED, x=x, width=slot, align="center"
        )

    def draw_title(self, title: str, total: int | None = None) -> None:
        y = self.y
        self.write_line(y, title, size=12, style="B")
        if total:
            x = LEFT + self.measure(title) + 2.5
            self.write_line(y, format_number(total), size=12, colour=MUTED, x=x)
        self.set_y(y + 8)

    def draw_list(self, title: str, entries: Sequence[Entry], *, columns: int, nobody: str) -> None:
        """Names from left to right, then down, over as many pages as they need."""
        if self.y + 8 + 2 * ROW > BOTTOM:
            self.add_page()
        self.draw_title(title, len(entries))
        if not entries:
            self.write_line(self.y, nobody, size=10, colour=MUTED)
        width = (WIDTH - (columns - 1) * LIST_GAP) / columns
        y = self.y
        for place, (name, word) in enumerate(entries):
            column = place % columns
            if column == 0 and place:
                y += ROW
                if y + ROW > BOTTOM:
                    self.add_page()
                    y = self.y
            x = LEFT + column * (width + LIST_GAP)
            room = width - (22 if word else 0)
            self.write_line(y, name, size=10, x=x, width=room)
            if word:
                self.write_line(
                    y, word, size=10, colour=MUTED, x=x + room, width=width - room, align="right"
                )
        self.set_y(y + ROW + 7)
