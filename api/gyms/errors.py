from api.kit.errors import NotFound
from core.translation import t


class GymNotFound(NotFound):
    code, title = "gym_not_found", "No such gym"

    def __init__(self, gym_id: int) -> None:
        super().__init__(t("There is no gym {gym_id} on this platform.", gym_id=gym_id))
