"""Read a gym's CSV files: sniff, map, validate. Standard library only; knows no database.

`ImportFile` is the way in. Everything that is wrong with a file as a whole is a `FileProblem`;
what is wrong with one row is handed to the caller's `refuse` and reading goes on.
"""

from etl.importing.error_files import write_error_file
from etl.importing.files import ImportFile
from etl.importing.problems import FileProblem
from etl.importing.rows import Kind
from etl.importing.times import DateOrder

__all__ = ["DateOrder", "FileProblem", "ImportFile", "Kind", "write_error_file"]
