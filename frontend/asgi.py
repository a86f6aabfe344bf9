"""The dashboard's server: `streamlit run frontend/asgi.py`.

Signing in happens on plain HTTP pages beside the Streamlit pages, so that the session id can live
in a cookie that no script in the browser can read.
"""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from frontend.auth import auth_pages
from frontend.kit.session_middleware import SessionMiddleware

app = st.App(
    Path(__file__).with_name("main.py"),
    routes=[
        Route("/auth/login", auth_pages.login, methods=["GET", "POST"]),
        Route("/auth/register", auth_pages.register, methods=["GET", "POST"]),
        Route("/auth/language", auth_pages.language, methods=["GET"]),
        Route("/auth/logout", auth_pages.logout, methods=["POST"]),
    ],
    middleware=[Middleware(SessionMiddleware)],
)
