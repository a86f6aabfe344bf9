from api.kit.errors import NotFound


class MemberNotFound(NotFound):
    """Of this gym; another gym's member is no different from one that does not exist."""

    code = "member_not_found"

    def __init__(self, member_id: int) -> None:
        super().__init__(f"This gym has no member {member_id}.")
