"""Limits of input, the same for a form, a bulk request and a file."""

from datetime import date, timedelta

EARLIEST_DAY, LATEST_DAY = date(1900, 1, 1), date(2200, 1, 1)
"""Of birth, joining or a membership; a day outside of them is a typing mistake."""

MAX_NAME_LENGTH, MAX_NUMBER_LENGTH, MAX_PHONE_LENGTH, MAX_GENDER_LENGTH = 200, 60, 40, 40
"""Lengths of a member's fields, in characters."""
MAX_ADDRESS_LENGTH, MAX_RELATION_LENGTH = 300, 60

MAX_FILE_BYTES = 5 * 1024 * 1024
"""Of a photo, a document or a logo."""
MAX_DOCUMENTS = 100
"""Of one member."""

MAX_METHOD_LENGTH = 60
"""Characters of the label of how a visit was recorded."""
MAX_CLOCK_AHEAD = timedelta(minutes=10)
"""The clock of a door or a phone may be a little ahead; more than this is a wrong time."""
MAX_VISIT = timedelta(hours=24)
"""From entry to exit; more than this is a wrong exit. How long a visit without a recorded exit
counts as going on: see `db.stats.visit_hours`."""
MAX_BULK_ROWS = 10_000
"""Of one request of bulk check-ins."""
EARLIEST_YEAR = 1990
"""No gym recorded visits by computer before: the clock was reset, or the year is mistyped."""

MAX_CLOSURE = timedelta(days=366)
"""Of a location or a gym, in one piece; more is a mistyped year."""
