from api.kit.errors import Conflict


class NameTaken(Conflict):
    code = "name_taken"

    def __init__(self) -> None:
        super().__init__("This email address or username is taken. Choose another, or sign in.")
