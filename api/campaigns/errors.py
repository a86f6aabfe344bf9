from collections.abc import Sequence

from api.campaigns.merge_fields import TextProblem
from api.kit.errors import Invalid, NotFound, NotFoundInGym
from core.translation import join, mark, t

_NAMED_IN_ERROR = 50


class CampaignNotFound(NotFoundInGym):
    code, title = "campaign_not_found", "No such campaign"
    sentence = mark("This gym has no campaign {key}.")


class MembersNotFound(NotFound):
    code, title = "members_not_found", "Members not found"

    def __init__(self, member_ids: Sequence[int]) -> None:
        super().__init__(
            t("{n} of the chosen members are not this gym's. Nothing was sent.", n=len(member_ids)),
            errors=[
                {"field": "member_ids", "message": t("no member {member_id}", member_id=member_id)}
                for member_id in member_ids[:_NAMED_IN_ERROR]
            ],
        )


class MessagesNotFound(NotFound):
    code, title = "messages_not_found", "Messages not found"

    def __init__(self) -> None:
        super().__init__(t("Some of the messages are not of this campaign."))


class AudienceTooLarge(Invalid):
    code, title = "audience_too_large", "Too many members at once"


class TextHasProblems(Invalid):
    code, title = "text_has_problems", "The text has problems"

    def __init__(self, problems: Sequence[TextProblem]) -> None:
        super().__init__(
            join(" ", *(problem.text for problem in problems), t("Nothing was sent.")),
            errors=[{"code": problem.code, "text": problem.text} for problem in problems],
        )
