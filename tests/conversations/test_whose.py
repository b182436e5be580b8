"""The signs of two people never add up to one emergency, and neither person's are lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conversations import ScriptedBot, whose
from core.clock import FixedClock
from core.database import Database
from tests.conversations.support import SmallGuard, conversations, message
from triage.model import Reading


class FamilyGuard(SmallGuard):
    """Also tells whose the signs are, and where in the text they stand."""

    def read(self, text: str, *, asked: str | None = None) -> Reading:
        reading = super().read(text, asked=asked)
        places = {"腹痛": "肚子疼", "胸痛": "胸口压", "呼吸困难": "喘不上气"}
        found = tuple(
            replace(one, span=(text.find(places[one.term]), text.find(places[one.term]) + 3))
            for one in reading.findings
            if one.term in places
        )
        return Reading(found, for_other=any(word in text for word in ("我爸", "我妈", "孩子", "他")))


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("我肚子疼两天了", "本人"),
        ("那我还是接着看我的肚子疼", "本人"),
        ("我自己也肚子疼", "本人"),
        ("肚子疼", None),
        ("我量了一下，还是喘不上气", None),
        ("我爸胸口压得慌", "父亲"),
        ("孩子肚子疼", "孩子"),
        ("他喘不上气", None),
        ("我爸的号怎么挂", None),
    ],
)
def test_a_message_names_the_person_whose_signs_it_tells(text: str, person: str | None) -> None:
    assert whose.told_of([(text, FamilyGuard().read(text))]) == person


async def test_signs_of_two_people_do_not_make_one_emergency(database: Database, clock: FixedClock) -> None:
    room = conversations(database, clock, ScriptedBot(), guard=FamilyGuard())
    await room.receive(message("我胸口压了好几年，老样子"))
    receipt = await room.receive(message("我妈喘不上气，爬楼就这样"))
    assert all("立即拨打120" not in reply.text for reply in receipt.replies)


async def test_signs_without_a_name_belong_to_whom_was_spoken_of(
    database: Database, clock: FixedClock
) -> None:
    room = conversations(database, clock, ScriptedBot(), guard=FamilyGuard())
    await room.receive(message("我肚子疼"))
    await room.receive(message("我爸胸口压得慌"))
    receipt = await room.receive(message("喘不上气"))
    assert "立即拨打120" in receipt.replies[0].text


async def test_the_own_complaint_goes_on_after_an_emergency_of_the_father(
    database: Database, clock: FixedClock
) -> None:
    room = conversations(database, clock, ScriptedBot(), guard=FamilyGuard())
    first = await room.receive(message("我肚子疼"))
    await room.receive(message("我爸胸口压，喘不上气"))
    receipt = await room.receive(message("我的肚子疼还没看"))
    assert all("120" not in reply.text for reply in receipt.replies)
    with database.reading() as session:
        view = room.conversation(session, first.conversation_id)
        assert [finding.term for finding in view.case.findings] == ["腹痛"]
        # The father's emergency stays with staff, and comes back with him.
        assert room.has_open_task(session, first.conversation_id, "emergency")
    await room.receive(message("我爸肚子疼"))
    with database.reading() as session:
        view = room.conversation(session, first.conversation_id)
    assert view.red_flags == ("rf_C01",) and view.level == "I"


async def test_a_sign_of_the_open_emergency_is_never_taken_for_another_matter(
    database: Database, clock: FixedClock
) -> None:
    room = conversations(database, clock, ScriptedBot(), guard=FamilyGuard())
    await room.receive(message("我爸胸口压，喘不上气"))
    receipt = await room.receive(message("我胸口压"))
    assert "立即拨打120" in receipt.replies[0].text


async def test_a_task_tells_which_relative_it_is_about(database: Database, clock: FixedClock) -> None:
    room = conversations(database, clock, ScriptedBot(), guard=FamilyGuard())
    at = (await room.receive(message("我爸胸口压得喘不上气"))).conversation_id
    with database.session() as session:
        (task,) = room.inbox(session)
        later = room.open_task(
            session, kind="human_request", severity="AMBER", reason="要求人工", conversation_id=at
        )
        planned = room.open_task(
            session,
            kind="followup",
            severity="AMBER",
            reason="伤口渗液",
            conversation_id=at,
            detail={"contact_id": "c1"},
        )
    assert (task.kind, task.detail["about"]) == ("emergency", "父亲")
    assert later.detail == {"about": "父亲"}
    assert "about" not in planned.detail
