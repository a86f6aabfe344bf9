"""The pages beside Streamlit's."""

from starlette.routing import Route

from frontend.auth import auth_pages, link_pages

ROUTES = [
    Route("/auth/login", auth_pages.login, methods=["GET", "POST"]),
    Route("/auth/register", auth_pages.register, methods=["GET", "POST"]),
    Route("/auth/invitation", link_pages.invitation, methods=["GET", "POST"]),
    Route("/auth/forgot", link_pages.forgot, methods=["GET", "POST"]),
    Route("/auth/reset", link_pages.reset, methods=["GET", "POST"]),
    Route("/auth/language", auth_pages.language, methods=["GET"]),
    Route("/auth/logout", auth_pages.logout, methods=["POST"]),
]
