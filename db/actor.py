"""Who writes in a transaction: what the audit log says of each change."""

from dataclasses import dataclass

from sqlalchemy import Connection

_SET = """
select set_config('app.user_id', %s, true), set_config('app.actor', %s, true),
  set_config('app.request_id', %s, true), set_config('app.address', %s, true)
"""


@dataclass(frozen=True)
class Actor:
    """A person, with the request and the address it came from, or a job by its name."""

    name: str
    user_id: int | None = None
    request_id: str | None = None
    address: str | None = None

    def enter(self, connection: Connection) -> None:
        """Say so to the connection's transaction. `begin_request` does the same for requests."""
        user_id = None if self.user_id is None else str(self.user_id)
        connection.exec_driver_sql(_SET, (user_id, self.name, self.request_id, self.address))
