"""Read a gym's CSV files: sniff, map, validate. Standard library only; knows no database.

`ImportFile` is the way in. Everything that is wrong with a file as a whole is a `FileProblem`;
what is wrong with one row is handed to the caller's `refuse` and reading goes on.
"""

from core.importing.error_files import write_error_file
from core.importing.files import ImportFile
from core.importing.problems import FileProblem
from core.importing.rows import Kind
from core.importing.times import DateOrder

__all__ = ["DateOrder", "FileProblem", "ImportFile", "Kind", "write_error_file"]
