"""Imports fixtures, and nothing else."""

from tests.e2e.dashboard import as_owner, browser, dashboard, window

__all__ = ["as_owner", "browser", "dashboard", "window"]
