"""Numbers in tables, in the language of the page.

Streamlit's own formats know English, and the language of the browser, which may be another.
"""

from collections.abc import Callable
from typing import Any

import pandas as pd
from pandas.io.formats.style import Styler


def write_numbers(frame: pd.DataFrame, **written: Callable[..., str]) -> Styler:
    """How the values of each named column are written; they are still sorted as numbers."""
    known: dict[Any, Any] = {name: write for name, write in written.items() if name in frame}
    return frame.style.format(known, na_rep="–")
