"""Read dates and times as gyms write them. A time without offset is the gym's local time."""

import re
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.importing.headers import simplify
from core.importing.problems import ValueProblem
from core.limits import EARLIEST_DAY, LATEST_DAY
from core.translation import Sentence, mark, t


class DateOrder(StrEnum):
    """Which comes first in 03/04/2024. One file is read in one order."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's days have no time zone
_NUMERIC = re.compile(r"(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?![\d.])")
_YEAR_FIRST = re.compile(r"(\d{4})([./-])\s?(\d{1,2})\2\s?(\d{1,2})(?!\d)")
_WORDED = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?\.?[\s-]+(?:de\s+)?([^\W\d]+)\.?,?[\s-]+(?:de\s+)?"
    r"(\d{4}|\d{2})(?!\d|[:.,h]\d)"
)
_WORD_FIRST = re.compile(r"([^\W\d]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})(?=$|[ T]|\d{4}(?:\d{2})?$)")
_WEEKDAY = re.compile(r"[^\W\d]{2,10}\.?(?:,\s+|\s+(?=\d))")
_OFFSET = r"z|utc|gmt|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?(?: ?(?:utc|gmt))?"
# The parts of a time of day are parted by one mark: 18.03,5 and 18:03.22 may mean several things.
_CLOCK = re.compile(
    r"(\d{1,2})(?:([:.,h])(\d{2})(?:(?:\2|(?<=h\d\d):)(\d{2})(?:[.,](\d{1,9}))?)?)? ?"
    rf"(?:([ap])\.? ?(?:m\.?)?)? ?(?:uhr|h)? ?({_OFFSET})?",
    re.IGNORECASE,
)
_COMPACT_CLOCK = re.compile(rf"(\d{{2}})(\d{{2}})(\d{{2}})? ?({_OFFSET})?", re.IGNORECASE)
# Classes are written 18:00-19:00: not a time with an offset, which ISO 8601 writes behind a T.
_PERIOD = re.compile(r"\d{1,2}:\d{2} ?- ?\d{1,2}:\d{2}")
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d[T ](?:[01]\d|2[0-3]):\d\d(?::\d\d(?:[.,]\d{1,9})?)?"
    r"(?:[Zz]|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?"
)
_DAY_PART = re.compile(r"0?[.,]\d+")
_DAY_BEFORE_A_TIME = re.compile(
    r"(?:1899-12-3[01]|1900-01-0[01]|0?1/[01]/1900|[01]/0?1/1900|12/3[01]/1899|3[01]/12/1899"
    r"|(?:30|31)\.12\.1899|0[01]\.01\.1900)[ T]"
)
"""What a spreadsheet writes before a cell that holds a time of day only."""
_SERIAL = re.compile(r"\d{4,5}(?:[.,]\d+)?")
_EPOCH = re.compile(r"\d{10}(?:\d{3}|[.,]\d{1,9})?")
MAX_TIME_LENGTH = 60
_BEFORE_CLOCK = ("kl.", "kl", "um", "at", "às", "as", "à", "a las", "klokken")
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
    """What one value shows about the order of day and month; None when it fits both."""
    found = _match_numeric(text)
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
    return bool(_match_numeric(text)) and judge_order(text) is None


def _match_numeric(text: str) -> re.Match[str] | None:
    text = _tidy(text)
    weekday = _WEEKDAY.match(text)
    return _NUMERIC.match(text, weekday.end() if weekday else 0)


def is_time_of_day(text: str) -> bool:
    """Whether the text is a time of day and nothing else."""
    text = _tidy(text)
    if found := _CLOCK.fullmatch(text):
        return bool(found[3] or found[6])
    return bool(
        _COMPACT_CLOCK.fullmatch(text)
        or _DAY_PART.fullmatch(text)
        or _DAY_BEFORE_A_TIME.match(text)
        or _PERIOD.fullmatch(text)
    )


class TimeReader:
    """Reads the dates and times of one file, in one order, for one time zone."""

    def __init__(self, timezone: str, order: DateOrder, today: date) -> None:
        self.zone = ZoneInfo(timezone)
        self.order = order
        self.today = today
        self._read_day = lru_cache(maxsize=4096)(self._parse_day)

    def read_day(self, field: str, text: str) -> date:
        """A calendar day; a time of day behind it is dropped. With an offset it is the gym's day
        at that instant, except at midnight, which is how programs write a mere day."""
        try:
            moment = self._read(text)
        except ValueProblem as problem:
            raise ValueProblem(field, problem.text) from None
        except (ValueError, OverflowError):
            raise ValueProblem(field, self._explain(text)) from None
        if isinstance(moment, datetime):
            is_written = moment.tzinfo is None or moment.time() == time()
            return (moment if is_written else moment.astimezone(self.zone)).date()
        return moment

    def read_instant(self, field: str, text: str) -> tuple[datetime, bool]:
        """An instant in UTC, and whether a time of day was written; without one it is noon."""
        try:
            moment = self._read(text)
            if isinstance(moment, datetime):
                return self.to_utc(moment), True
            return self.to_utc(datetime.combine(moment, time(12))), False
        except ValueProblem as problem:
            raise ValueProblem(field, problem.text) from None
        except (ValueError, OverflowError):
            raise ValueProblem(field, self._explain(text)) from None

    def read_day_and_time(
        self, day_text: str, time_text: str, *, fields: tuple[str, str] = ("date", "time")
    ) -> tuple[datetime, bool]:
        """An instant from two cells; an empty second one means that no time is known."""
        day_field, time_field = fields
        if not time_text:
            return self.read_instant(day_field, day_text)
        day = self.read_day(day_field, day_text)
        time_text = _tidy(time_text)
        try:
            if len(time_text) > MAX_TIME_LENGTH:
                raise ValueError(time_text)
            moment = self.to_utc(self._combine(day, _DAY_BEFORE_A_TIME.sub("", time_text, count=1)))
            known = self._read(day_text) if len(day_text) > len("2024-03-31") else day
            if isinstance(known, datetime) and known.time() != time():
                known = self.to_utc(known)
                if abs(known - moment) >= timedelta(minutes=1):
                    raise ValueProblem(
                        time_field,
                        t(
                            "'{day_text}' has a time of its own, and it is not '{time_text}'. Leave"
                            " one of them out.",
                            day_text=day_text[:60],
                            time_text=time_text,
                        ),
                    )
                return known, True
            return moment, True
        except ValueProblem as problem:
            raise ValueProblem(time_field, problem.text) from None
        except (ValueError, OverflowError):
            raise ValueProblem(
                time_field,
                t(
                    "'{time_text}' is not a time of day. Write it like 18:30.",
                    time_text=time_text[:60],
                ),
            ) from None

    def to_utc(self, moment: datetime) -> datetime:
        """Local unless it has an offset. A time that summer time skips moves forward by the gap;
        of an hour that comes twice, the first is meant."""
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
        return moment.astimezone(UTC)

    def is_midnight(self, moment: datetime) -> bool:
        return moment.astimezone(self.zone).time() == time()

    def _read(self, text: str) -> date | datetime:
        """A day, or a moment where the text has a time of day: with its offset, else local."""
        text = _tidy(text)
        if len(text) > MAX_TIME_LENGTH:
            raise ValueError(text)
        if _ISO.fullmatch(text) and not (text[10] == " " and _PERIOD.fullmatch(text, 11)):
            moment = datetime.fromisoformat(text)
            self._check_day(moment.date())
            return moment
        if _EPOCH.fullmatch(text):
            seconds, _, fraction = text.replace(",", ".").partition(".")
            micro = int((fraction or seconds[10:] or "0").ljust(6, "0")[:6])
            return datetime.fromtimestamp(int(seconds[:10]), UTC).replace(microsecond=micro)
        if _SERIAL.fullmatch(text):
            return self._read_serial(text)
        day, length = self._read_day(text.split("T")[0] if text[4:5] == "-" else text)
        rest = text[length:].lstrip(" ,.T").removeprefix("-").strip()
        for word in _BEFORE_CLOCK:
            if rest.lower().startswith(word + " "):
                rest = rest[len(word) :].strip()
        return self._combine(day, rest) if rest else day

    def _parse_day(self, text: str) -> tuple[date, int]:
        """The day at the start of the text, and how many characters it takes."""
        offset = 0
        if not _WORD_FIRST.match(text) and (weekday := _WEEKDAY.match(text)):
            offset = weekday.end()
        body = text[offset:]
        if found := _YEAR_FIRST.match(body):
            day = date(int(found[1]), int(found[3]), int(found[4]))
        elif found := _NUMERIC.match(body):
            day = self._order_day(int(found[1]), int(found[3]), found[4], text)
        elif found := _WORDED.match(body):
            day = date(self._read_year(found[3]), _month(found[2]), int(found[1]))
        elif found := _WORD_FIRST.match(body):
            day = date(int(found[3]), _month(found[1]), int(found[2]))
        elif found := _COMPACT_DAY.match(body):
            day = date(int(found[1]), int(found[2]), int(found[3]))
        else:
            raise ValueError(text)
        return self._check_day(day), offset + found.end()

    def _order_day(self, first: int, second: int, year_text: str, text: str) -> date:
        day, month = (first, second) if self.order == DateOrder.DAY_FIRST else (second, first)
        if month > 12 >= day:
            template = (
                mark(
                    "'{text}' does not fit: in this file the day comes first. Write it like"
                    " 2024-03-31."
                )
                if self.order == DateOrder.DAY_FIRST
                else mark(
                    "'{text}' does not fit: in this file the month comes first. Write it like"
                    " 2024-03-31."
                )
            )
            raise ValueProblem(None, t(template, text=text))
        return date(self._read_year(year_text), month, day)

    def _read_year(self, text: str) -> int:
        year = int(text)
        if len(text) == 2:
            year += 2000 if year <= self.today.year % 100 + 1 else 1900
        return year

    def _combine(self, day: date, text: str) -> datetime:
        """Local unless an offset is written."""
        if _DAY_PART.fullmatch(text):
            return datetime.combine(day, time()) + self._read_day_part(text)
        if _PERIOD.fullmatch(text):
            raise ValueProblem(
                None,
                t(
                    "'{text}' may be from when to when. Write the time they came in alone.",
                    text=text,
                ),
            )
        micro = 0
        if found := _CLOCK.fullmatch(text):
            hour, minute, second, half, offset = (found[n] for n in (1, 3, 4, 6, 7))
            micro = int((found[5] or "0").ljust(6, "0")[:6])
        elif found := _COMPACT_CLOCK.fullmatch(text):
            (hour, minute, second, offset), half = found.groups(), None
        if not found or not (minute or half):
            raise ValueError(text)
        hours = int(hour)
        if half:
            if not 1 <= hours <= 12:
                raise ValueError(text)
            hours = hours % 12 + (12 if half.lower() == "p" else 0)
        moment = datetime.combine(day, time(hours % 24, int(minute or 0), int(second or 0), micro))
        if hours == 24 and moment.time() == time():
            moment += timedelta(days=1)
        elif hours > 23:
            raise ValueError(text)
        if not offset:
            return moment
        offset = re.sub(r"(?i)\s*(?:utc|gmt|z)$", "", offset) or "Z"
        return datetime.fromisoformat(moment.isoformat() + offset)

    def _read_day_part(self, text: str) -> timedelta:
        """Excel's time of day: 0.75 of a day is 18:00."""
        digits = text.lstrip("0").lstrip(".,")
        if len(digits) == 2 and digits < "60":
            hours = round(int(digits) * 24 * 60 / 100)
            raise ValueProblem(
                None,
                t(
                    "'{text}' may be 00:{digits} or, in a spreadsheet, {hours}:{minutes}. Write"
                    " it like 18:30.",
                    text=text,
                    digits=digits,
                    hours=hours // 60,
                    minutes=f"{hours % 60:02}",
                ),
            )
        return timedelta(seconds=round(float("0." + digits) * 86400))

    def _read_serial(self, text: str) -> date | datetime:
        """Excel's number of a day."""
        if EARLIEST_DAY.year <= int(text[:4]) <= LATEST_DAY.year and len(text) == 4:
            raise ValueProblem(
                None, t("'{text}' may be a year. Write the day like 2024-03-31.", text=text)
            )
        days = float(text.replace(",", "."))
        moment = _EXCEL_EPOCH + timedelta(seconds=round(days * 86400))
        self._check_day(moment.date())
        return moment if moment.time() != time() else moment.date()

    def _check_day(self, day: date) -> date:
        if not EARLIEST_DAY <= day <= LATEST_DAY:
            raise ValueProblem(
                None,
                t(
                    "{day} is not between {first} and {last}. Correct it.",
                    day=day,
                    first=EARLIEST_DAY.year,
                    last=LATEST_DAY.year,
                ),
            )
        return day

    def _explain(self, text: str) -> Sentence:
        if is_time_of_day(text):
            return t(
                "'{text}' is a time of day. Choose the column that has the day as well.",
                text=text[:60],
            )
        return t(
            "'{text}' is not a date or time. Write it like 2024-03-31 or 2024-03-31 18:30.",
            text=text[:60],
        )


def _tidy(text: str) -> str:
    """With single, plain blanks: browsers and spreadsheets write others before PM."""
    return " ".join(text.split())


def _month(word: str) -> int:
    month = _MONTHS.get(simplify(word))
    if month is None:
        raise ValueError(word)
    return month
