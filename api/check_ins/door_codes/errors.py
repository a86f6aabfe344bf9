from api.kit.errors import Conflict
from core.door_codes import CodeProblem
from core.translation import mark, t

_SENTENCES = {
    CodeProblem.UNREADABLE: mark("This is no door code. Show the code of the app."),
    CodeProblem.FORGED: mark("This code was not made by the gym's platform."),
    CodeProblem.OTHER_GYM: mark("This code is for another gym."),
    CodeProblem.EXPIRED: mark("This code is too old. Show the newest one."),
    CodeProblem.TOO_EARLY: mark(
        "This code is not valid yet. Check the clock of the phone and of the door."
    ),
    CodeProblem.REVOKED: mark("This code was revoked. Open the app again for a new one."),
    CodeProblem.USED: mark("This code has been used. Wait for the next one, half a minute."),
}


class DoorCodeRefused(Conflict):
    """Nobody entered; `errors` has the reason for programs."""

    code, title = "door_code_refused", "The code opens nothing"

    def __init__(self, problem: CodeProblem) -> None:
        sentence = t(_SENTENCES[problem])
        super().__init__(sentence, errors=[{"reason": problem, "message": sentence}])
