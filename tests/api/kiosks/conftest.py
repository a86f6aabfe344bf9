from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from db.models import Gym, Member, MemberAccount, Role
from db.session import GymSession
from tests.fixtures.api import ApiClient, SignInAs


@pytest.fixture
def sign_in_as_member(
    gym: Gym, sign_in_as: SignInAs, in_gym: Callable[[int], AbstractContextManager[GymSession]]
) -> Callable[[Member], ApiClient]:
    """The member's own account."""

    def sign_in(member: Member) -> ApiClient:
        caller = sign_in_as(Role.MEMBER, gym=gym)
        with in_gym(gym.gym_id) as session:
            session.add(
                MemberAccount(
                    gym_id=gym.gym_id, user_id=caller.user.user_id, member_id=member.member_id
                )
            )
        return caller

    return sign_in
