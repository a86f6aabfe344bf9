"""`ImportFile`: one file of members or visits, understood before any of its rows is used."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import BinaryIO
from zoneinfo import ZoneInfo

from core.importing.headers import guess_mapping, name_columns, read_mapping
from core.importing.problems import FileProblem, Refuse, ValueProblem
from core.importing.rows import Kind, MemberRow, VisitRow
from core.importing.sniffing import FileFormat, read_records, sniff
from core.importing.times import (
    DateOrder,
    TimeReader,
    is_ambiguous,
    is_time_of_day,
    judge_order,
)
from core.importing.values import (
    clean,
    read_email,
    read_number,
    read_phone,
    read_status,
    read_text,
    read_yes_no,
)
from core.limits import (
    EARLIEST_YEAR,
    MAX_CLOCK_AHEAD,
    MAX_GENDER_LENGTH,
    MAX_METHOD_LENGTH,
    MAX_VISIT,
)
from core.translation import Quantity, Sentence, mark, t

MAX_COLUMNS = 500

_DATE_FIELDS = ("check_in", "date", "check_out", "birth_date", "join_date", "end_date")
# Time zones whose files write the month first, where nothing in a file decides it.
_MONTH_FIRST_ZONES = (
    *("America/New_York", "America/Detroit", "America/Chicago", "America/Denver"),
    *("America/Boise", "America/Phoenix", "America/Los_Angeles", "America/Anchorage"),
    *("America/Indiana", "Pacific/Honolulu", "US/"),
)


class ImportFile:
    """The content of a file, for one gym. `read_rows` may be called again: it starts from the top.

    `mapping` is our field to their column. `keep_address` returns an e-mail address as it is
    stored, and raises ValueError for what is none. `notes` are sentences for the owner about
    what was assumed; those that need the rows are there after `read_rows`.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        kind: Kind,
        filename: str,
        timezone: str,
        now: datetime,
        keep_address: Callable[[str], str],
        mapping: Mapping[str, str] | None = None,
        date_order: DateOrder | None = None,
        max_rows: int | None = None,
    ) -> None:
        self.kind = Kind(kind)
        self._max_rows = max_rows
        self.filename = filename
        self.now = now
        self._keep_address = keep_address
        self._file = file
        self._format: FileFormat = sniff(file)
        header = next(self._records(), None)
        if header is None:
            raise FileProblem("empty_file", t("The file is empty."))
        if len(header[1]) > MAX_COLUMNS:
            raise FileProblem(
                "not_a_table",
                t("The file has more than {most_columns} columns.", most_columns=MAX_COLUMNS),
            )
        self.columns = name_columns(header[1])
        self.guess = guess_mapping(self.kind, self.columns)
        self.mapping = read_mapping(self.kind, self.columns, mapping)
        self._index = {field: self.columns.index(column) for field, column in self.mapping.items()}
        self._notes: list[Sentence] = []
        self._counts: Counter[str] = Counter()
        order = date_order or self._find_date_order(timezone)
        self.date_order = order
        self._times = TimeReader(timezone, order, now.astimezone(ZoneInfo(timezone)).date())

    @property
    def sha256(self) -> str:
        return self._format.sha256

    @property
    def encoding(self) -> str:
        return self._format.encoding

    @property
    def delimiter(self) -> str:
        return self._format.delimiter

    @property
    def notes(self) -> list[Sentence]:
        counted = [t(note, n=Quantity(n)) for note, n in self._counts.items() if n]
        return self._notes + counted

    def read_rows(self, refuse: Refuse) -> Iterator[VisitRow | MemberRow]:
        """The usable rows, one at a time; the others go to `refuse` with line, field and reason."""
        self._counts.clear()
        read: Callable[[int, list[str]], VisitRow | MemberRow]
        read = self._read_visit if self.kind is Kind.VISITS else self._read_member
        width = len(self.columns)
        records = self._records()
        next(records)
        for line, cells in records:
            try:
                if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                    raise ValueProblem(
                        None,
                        t(
                            "The row has {n} cells, the header has {width}. Put text that contains"
                            " the delimiter '{delimiter}' in quotation marks.",
                            n=len(cells),
                            width=width,
                            delimiter=self.delimiter,
                        ),
                    )
                row = read(line, cells)
            except ValueProblem as problem:
                shown = (cell[:1000] for cell in cells)
                refuse(
                    line, problem.field, problem.text, dict(zip(self.columns, shown, strict=False))
                )
            else:
                yield row

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        for rows, record in enumerate(read_records(self._file, self._format)):
            if self._max_rows is not None and rows > self._max_rows:
                raise FileProblem(
                    "too_many_rows",
                    t(
                        "The file has more than {most_rows} rows. Split it, and bring one part in"
                        " after the other.",
                        most_rows=Quantity(self._max_rows),
                    ),
                )
            yield record

    def _cell(self, cells: list[str], field: str) -> str:
        index = self._index.get(field)
        return clean(cells[index]) if index is not None and index < len(cells) else ""

    def _read_visit(self, line: int, cells: list[str]) -> VisitRow:
        number = read_number(self._cell(cells, "number"))
        if number is None:
            raise ValueProblem("number", t("The member's number is missing. Add it."))
        check_in, has_time = self._read_check_in(cells)
        check_out = self._read_check_out(cells, check_in, has_time)
        return VisitRow(line, number, check_in, check_out, self._read_method(cells))

    def _read_check_in(self, cells: list[str]) -> tuple[datetime, bool]:
        """When they came, and whether a time of day is known; without one it is noon."""
        moment, day, clock = (self._cell(cells, field) for field in ("check_in", "date", "time"))
        if moment and day and is_time_of_day(moment):
            field = "check_in"
            check_in, has_time = self._times.read_day_and_time(day, moment, fields=("date", field))
        elif moment:
            field = "check_in"
            check_in, has_time = self._times.read_instant(field, moment)
            if clock and (not has_time or self._times.is_midnight(check_in)):
                fields = (field, "time")
                check_in, has_time = self._times.read_day_and_time(moment, clock, fields=fields)
        elif day:
            field = "date"
            check_in, has_time = self._times.read_day_and_time(day, clock)
        else:
            raise ValueProblem("check_in", t("The time of the visit is missing. Add it."))
        if not has_time:
            self._counts[
                mark("{n} visits have a day but no time of day: noon is stored for them.")
            ] += 1
        if check_in > self.now + MAX_CLOCK_AHEAD:
            raise ValueProblem(field, t("The visit lies in the future. Correct the date."))
        if check_in.year < EARLIEST_YEAR:
            raise ValueProblem(
                field, t("The visit is said to be of {year}. Correct it.", year=check_in.year)
            )
        return check_in, has_time

    def _read_check_out(
        self, cells: list[str], check_in: datetime, has_entry_time: bool
    ) -> datetime | None:
        text = self._cell(cells, "check_out")
        if not text:
            return None
        if is_time_of_day(text):
            # Of the day of entry, or of the next when that is earlier.
            local_day = check_in.astimezone(self._times.zone).date()
            check_out, has_time = self._read_exit(local_day, text)
            if check_out < check_in:
                check_out, has_time = self._read_exit(local_day + timedelta(days=1), text)
        else:
            check_out, has_time = self._times.read_instant("check_out", text)
        if not (has_time and has_entry_time):
            self._counts[
                mark(
                    "{n} exits are left out, because the time of day of entry or exit is not known."
                )
            ] += 1
            return None
        if check_out < check_in:
            raise ValueProblem(
                "check_out",
                t("The exit is before the entry. Correct one, or leave the exit empty."),
            )
        if check_out - check_in > MAX_VISIT:
            self._counts[
                mark("{n} exits come more than 24 hours after the entry: they are left out.")
            ] += 1
            return None
        return check_out

    def _read_exit(self, day: date, text: str) -> tuple[datetime, bool]:
        return self._times.read_day_and_time(
            day.isoformat(), text, fields=("check_out", "check_out")
        )

    def _read_method(self, cells: list[str]) -> str:
        label = read_text("method", self._cell(cells, "method"), MAX_METHOD_LENGTH)
        if label is None:
            return "import"
        # A bare code means nothing without the name of its column.
        named = f"{self.mapping['method'][:40]} {label}" if label.isdigit() else label
        return named[:MAX_METHOD_LENGTH]

    def _read_member(self, line: int, cells: list[str]) -> MemberRow:
        number = read_number(self._cell(cells, "number"))
        name = read_text("name", self._cell(cells, "name"))
        if name is None:
            parts = (self._cell(cells, "first_name"), self._cell(cells, "last_name"))
            name = read_text("name", " ".join(part for part in parts if part))
        if name is None and number is None:
            raise ValueProblem("name", t("The row has neither a number nor a name. Add one."))
        join_date = self._read_day(cells, "join_date")
        end_date = self._read_day(cells, "end_date")
        if join_date and join_date > self._times.today + timedelta(days=366):
            raise ValueProblem("join_date", t("The join date is over a year ahead. Correct it."))
        if join_date and end_date and end_date < join_date:
            raise ValueProblem("end_date", t("The end is before the join date. Correct one."))
        birth_date = self._read_day(cells, "birth_date")
        if birth_date and birth_date > self._times.today:
            raise ValueProblem("birth_date", t("The birth date lies in the future. Correct it."))
        return MemberRow(
            line=line,
            number=number,
            name=name,
            email=read_email(self._cell(cells, "email"), self._keep_address),
            phone=read_phone(self._cell(cells, "phone")),
            birth_date=birth_date,
            gender=read_text("gender", self._cell(cells, "gender"), MAX_GENDER_LENGTH),
            join_date=join_date,
            plan=read_text("plan", self._cell(cells, "plan")),
            status=self._read_status(cells),
            end_date=end_date,
            email_consent=self._read_consent(cells),
        )

    def _read_day(self, cells: list[str], field: str) -> date | None:
        text = self._cell(cells, field)
        return self._times.read_day(field, text) if text else None

    def _read_status(self, cells: list[str]) -> str | None:
        text = self._cell(cells, "status")
        status = read_status(text)
        if text and status is None:
            self._counts[mark("{n} rows have a status that is not known: it is left out.")] += 1
        return status

    def _read_consent(self, cells: list[str]) -> bool | None:
        """A refusal in either column stands; that nobody opted out is not a consent."""
        consent = read_yes_no("email_consent", self._cell(cells, "email_consent"))
        opt_out = read_yes_no("email_opt_out", self._cell(cells, "email_opt_out"))
        return False if opt_out else consent

    def _find_date_order(self, timezone: str) -> DateOrder:
        """Look through the file for a date that can be read in one order only."""
        fields = [self._index[field] for field in _DATE_FIELDS if field in self._index]
        is_open = False
        records = self._records()
        next(records)
        for _line, cells in records:
            for index in fields:
                text = cells[index].strip() if index < len(cells) else ""
                # Year first is the common case, and decides nothing about the others.
                if text[4:5] == "-" or not text:
                    continue
                if order := judge_order(clean(text)):
                    return order
                is_open = is_open or is_ambiguous(clean(text))
        order = (
            DateOrder.MONTH_FIRST
            if timezone.startswith(_MONTH_FIRST_ZONES)
            else DateOrder.DAY_FIRST
        )
        if is_open:
            self._notes.append(
                t(
                    "Dates such as 03/04/2024 are read with the day first, because no date in the"
                    " file tells. If that is wrong, choose the other order."
                )
                if order is DateOrder.DAY_FIRST
                else t(
                    "Dates such as 03/04/2024 are read with the month first, because no date in the"
                    " file tells. If that is wrong, choose the other order."
                )
            )
        return order
