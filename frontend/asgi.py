"""The dashboard's server: `streamlit run frontend/asgi.py`.

Signing in happens on plain HTTP pages beside the Streamlit pages, so that the session id can live
in a cookie that no script in the browser can read.
"""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from frontend import forms
from frontend.gate import Gate

app = st.App(
    Path(__file__).with_name("main.py"),
    routes=[
        Route("/auth/login", forms.login, methods=["GET", "POST"]),
        Route("/auth/register", forms.register, methods=["GET", "POST"]),
        Route("/auth/logout", forms.logout, methods=["POST"]),
    ],
    middleware=[Middleware(Gate)],
)
