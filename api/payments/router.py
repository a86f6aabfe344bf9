from typing import Annotated

from fastapi import APIRouter, Depends

from api.kit.deps import Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id
from api.memberships.errors import MemberNotFound
from api.payments import service as payments
from api.payments.schemas import PaymentItem

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_MEMBERSHIPS))]


@router.get(
    "/{member_id}/payments",
    summary="Payments of one member, newest first",
    responses=describe(MemberNotFound),
)
def list_payments(
    session: SessionDep, caller: Reader, page: PageDep, member_id: Id
) -> Page[PaymentItem]:
    return payments.list_of_member(session, caller, member_id, page)
