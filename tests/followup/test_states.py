"""The life of a contact."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from followup.states import FINAL, ContactState, Event, step

_EVENTS = st.lists(st.sampled_from(list(Event)), max_size=30)


@given(st.sampled_from(sorted(FINAL)), st.sampled_from(list(Event)))
def test_a_final_state_is_never_left(state: ContactState, event: Event) -> None:
    assert step(state, event) is None


@given(_EVENTS)
def test_no_run_of_events_leaves_a_final_state_or_drops_an_escalation(events: list[Event]) -> None:
    state = ContactState.PLANNED
    for event in events:
        after = step(state, event)
        if after is None:
            continue
        assert state not in FINAL
        if state is ContactState.ESCALATED:
            assert after in {ContactState.ESCALATED, ContactState.CLOSED_BY_NURSE}
        state = after


def test_every_state_leads_to_a_final_one() -> None:
    reached = set(FINAL)
    while True:
        more = {
            state
            for state in ContactState
            for event in Event
            if step(state, event) in reached and state not in reached
        }
        if not more:
            break
        reached |= more
    assert reached == set(ContactState)


def test_an_escalation_survives_an_opt_out() -> None:
    assert step(ContactState.ESCALATED, Event.WITHDRAW) is None
