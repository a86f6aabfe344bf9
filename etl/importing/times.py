"""Read dates and times as gyms write them. A time without offset is the gym's local time."""

import re
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from db.doors import EARLIEST_DAY, LATEST_DAY
from etl.importing.headers import simplify
from etl.importing.problems import ValueProblem


class DateOrder(StrEnum):
    """Which comes first in 03/04/2024. One file is read in one order."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's days have no time zone
_NUMERIC = re.compile(r"(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?![\d.])")
_YEAR_FIRST = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})(?!\d)")
_WORDED = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?\.?[\s-]+(?:de\s+)?([^\W\d]+)\.?,?[\s-]+(?:de\s+)?(\d{4})"
)
_WORD_FIRST = re.compile(r"([^\W\d]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_WEEKDAY = re.compile(r"^[^\W\d]{2,10}\.?,\s+(?=\d)")
_CLOCK = re.compile(
    r"(\d{1,2})(?:[:.h](\d{2}))?(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?\s*"
    r"([ap])?\.?(?:m\.?)?\s*(?:uhr|h)?\s*(z|utc|gmt|[+-]\d{2}:?\d{2}|[+-]\d{2})?",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"\d{4,5}(?:[.,]\d+)?")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "jan januar january janeiro enero ene janvier janv",
            "feb fev februar february fevereiro febrero fevrier fevr februari",
            "mar mrz marts march marz maerz marco marzo mars",
            "apr abr avr april abril avril",
            "may mai maj maio mayo",
            "jun june juni junho junio juin",
            "jul july juli julho julio juil juillet",
            "aug ago august agosto aout",
            "sep sept set september setembro septiembre septembre",
            "oct okt out october oktober outubro octubre octobre",
            "nov november novembro noviembre novembre",
            "dec dez dic december dezember dezembro diciembre decembre",
        ),
        start=1,
    )
    for word in words.split()
}


def judge_order(text: str) -> DateOrder | None:
    """What one value says about the order of day and month; None when it fits both."""
    found = _NUMERIC.match(text.strip())
    if not found:
        return None
    first, mark, second = int(found[1]), found[2], int(found[3])
    if first > 12 >= second:
        return DateOrder.DAY_FIRST
    if second > 12 >= first:
        return DateOrder.MONTH_FIRST
    # Countries that put the month first do not use dots.
    return DateOrder.DAY_FIRST if mark == "." else None


def is_ambiguous(text: str) -> bool:
    return bool(_NUMERIC.match(text.strip())) and judge_order(text) is None


class TimeReader:
    """Reads the dates and times of one file, in one order, for one time zone."""

    def __init__(self, timezone: str, order: DateOrder, today: date) -> None:
        self.zone = ZoneInfo(timezone)
        self.order = order
        self.today = today
        self._read_day = lru_cache(maxsize=4096)(self._parse_day)

    def read_day(self, field: str, text: str) -> date:
        """A calendar day; a time of day behind it is dropped."""
        try:
            if text[4:5] == "-":
                return self._check_day(date.fromisoformat(text[:10]))
            return self._read_day(text)[0]
        except ValueProblem as problem:
            raise ValueProblem(field, problem.text) from None
        except ValueError:
            raise ValueProblem(field, self._explain(text)) from None

    def read_instant(self, field: str, text: str) -> tuple[datetime, bool]:
        """An instant in UTC, and whether a time of day was written; without one it is noon."""
        try:
            if text[4:5] == "-" and len(text) >= 16:
                return self.to_utc(datetime.fromisoformat(text)), True
        except (ValueError, OverflowError):
            pass  # perhaps written in another way, which is tried next
        try:
            if _EPOCH.fullmatch(text):
                return datetime.fromtimestamp(int(text[:10]), UTC), True
            if _SERIAL.fullmatch(text):
                moment = self._read_serial(text)
                return self.to_utc(moment), moment.time() != time()
            day, rest = self._read_day_and_rest(text)
            rest = rest.lstrip(" ,T\t").removeprefix("-").strip()
            for word in ("kl.", "kl", "um", "at", "às", "as", "à", "a las", "klokken"):
                if rest.lower().startswith(word + " "):
                    rest = rest[len(word) :].strip()
            if not rest:
                return self.to_utc(datetime.combine(day, time(12))), False
            return self.to_utc(self._combine(day, rest)), True
        except ValueProblem as problem:
            raise ValueProblem(field, problem.text) from None
        except (ValueError, OverflowError):
            raise ValueProblem(field, self._explain(text)) from None

    def read_day_and_time(self, day_text: str, time_text: str) -> tuple[datetime, bool]:
        """An instant from two cells; an empty second one means that no time is known."""
        day = self.read_day("date", day_text)
        if not time_text:
            return self.read_instant("date", day_text)
        try:
            if re.fullmatch(r"[01]?[.,]\d+", time_text):  # Excel's time of day as part of a day
                seconds = round(float(time_text.replace(",", ".")) * 86400)
                midnight = datetime.combine(day, time())
                return self.to_utc(midnight + timedelta(seconds=seconds)), True
            return self.to_utc(self._combine(day, time_text)), True
        except (ValueError, OverflowError):
            raise ValueProblem(
                "time", f"{time_text!r} is not a time of day. Write it like 18:30."
            ) from None

    def to_utc(self, moment: datetime) -> datetime:
        """Local unless it has an offset. A time that summer time skips moves forward by the gap;
        of an hour that comes twice, the first is meant."""
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
        return moment.astimezone(UTC)

    def _read_day_and_rest(self, text: str) -> tuple[date, str]:
        day, length = self._read_day(text.split("T")[0] if text[4:5] == "-" else text)
        return day, text[length:]

    def _parse_day(self, text: str) -> tuple[date, int]:
        """The day at the start of the text, and how many characters it takes."""
        offset = 0
        if weekday := _WEEKDAY.match(text):
            offset = weekday.end()
        body = text[offset:]
        if found := _YEAR_FIRST.match(body):
            day = date(int(found[1]), int(found[3]), int(found[4]))
        elif found := _NUMERIC.match(body):
            day = self._order_day(int(found[1]), int(found[3]), found[4], text)
        elif found := _WORDED.match(body):
            day = date(int(found[3]), _month(found[2]), int(found[1]))
        elif found := _WORD_FIRST.match(body):
            day = date(int(found[3]), _month(found[1]), int(found[2]))
        elif re.fullmatch(r"\d{8}", body):
            day = date(int(body[:4]), int(body[4:6]), int(body[6:]))
            return self._check_day(day), len(text)
        elif _SERIAL.fullmatch(body):
            return self._check_day(self._read_serial(body).date()), len(text)
        else:
            raise ValueError(text)
        return self._check_day(day), offset + found.end()

    def _order_day(self, first: int, second: int, year_text: str, text: str) -> date:
        day, month = (first, second) if self.order == DateOrder.DAY_FIRST else (second, first)
        if month > 12 >= day:
            first_word = "day" if self.order == DateOrder.DAY_FIRST else "month"
            raise ValueProblem(
                None,
                f"{text!r} does not fit: in this file the {first_word} comes first."
                " Write it like 2024-03-31.",
            )
        year = int(year_text)
        if len(year_text) == 2:
            year += 2000 if year <= self.today.year % 100 + 1 else 1900
        return date(year, month, day)

    def _combine(self, day: date, text: str) -> datetime:
        found = _CLOCK.fullmatch(text.strip())
        if not found or not (found[2] or found[5]):
            raise ValueError(text)
        hour = int(found[1])
        if found[5]:
            if not 1 <= hour <= 12:
                raise ValueError(text)
            hour = hour % 12 + (12 if found[5].lower() == "p" else 0)
        micro = int((found[4] or "0").ljust(6, "0")[:6])
        moment = datetime.combine(
            day, time(hour % 24, int(found[2] or 0), int(found[3] or 0), micro)
        )
        if hour == 24 and moment.time() == time():
            moment += timedelta(days=1)
        elif hour > 23:
            raise ValueError(text)
        if not found[6]:
            return moment
        offset = found[6].upper().replace("UTC", "Z").replace("GMT", "Z")
        return datetime.fromisoformat(moment.isoformat() + offset)

    def _read_serial(self, text: str) -> datetime:
        days = float(text.replace(",", "."))
        moment = _EXCEL_EPOCH + timedelta(seconds=round(days * 86400))
        self._check_day(moment.date())
        return moment

    def _check_day(self, day: date) -> date:
        if not EARLIEST_DAY <= day <= LATEST_DAY:
            raise ValueProblem(
                None,
                f"{day} is not between {EARLIEST_DAY.year} and {LATEST_DAY.year}. Correct it.",
            )
        return day

    def _explain(self, text: str) -> str:
        return f"{text[:60]!r} is not a date or time. Write it like 2024-03-31 or 2024-03-31 18:30."


def _month(word: str) -> int:
    month = _MONTHS.get(simplify(word))
    if month is None:
        raise ValueError(word)
    return month
