"""Reads members' codes with the camera of the desk, as part of the page and without an iframe."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from frontend.kit.i18n import t

_HERE = Path(__file__).parent
_PICTURE = "<video muted playsinline style='width:100%;border-radius:8px'></video><p></p>"


@cache
def _component() -> Callable[..., Any]:
    sources = [(_HERE / name).read_text() for name in ("jsQR.js", "camera.js")]
    return st.components.v2.component("desk_camera", html=_PICTURE, js="\n".join(sources))


def read_camera() -> str | None:
    """Draws the picture; the code that was read just now."""
    without = t("No camera can be used here. Allow it in the browser, or type into the field.")
    found = _component()(key="desk_camera", data={"without": without}, on_code_change=lambda: None)
    code = getattr(found, "code", None)
    return code if isinstance(code, str) else None
