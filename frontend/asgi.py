"""The dashboard's server: `streamlit run frontend/asgi.py`.

Signing in happens on plain HTTP pages beside the Streamlit pages, so that the session id can live
in a cookie that no script in the browser can read.
"""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from frontend.auth.routes import ROUTES
from frontend.kit.session_middleware import SessionMiddleware

app = st.App(
    Path(__file__).with_name("main.py"),
    routes=ROUTES,
    middleware=[Middleware(SessionMiddleware)],
)
