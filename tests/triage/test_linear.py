"""Linear models over pieces: what is learned, stored, and refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.linear import BadModel, LinearModel, fit, packed, unpacked
from triage.model import Finding, Person, Status
from triage.pieces import of_complaint, of_talk

SAID = {
    "眼科": ["眼睛红", "眼睛痒", "看东西模糊", "左眼痛"],
    "骨科": ["膝盖痛", "腰痛", "膝盖肿", "扭了腰"],
}


def pieces(text: str) -> frozenset[int]:
    return of_complaint([text], Person())


@pytest.fixture(scope="module")
def model() -> LinearModel:
    samples = [(name, pieces(text)) for name, texts in SAID.items() for text in texts]
    return fit([own for _, own in samples], [name for name, _ in samples])


def test_words_that_were_learned_speak_for_their_label(model: LinearModel) -> None:
    for text, name in (("眼睛有点红", "眼科"), ("膝盖又肿了", "骨科")):
        shares, knows = model.shares(pieces(text))
        assert model.labels[int(shares.argmax())] == name
        assert 0 < knows < 1
        assert shares.sum() == pytest.approx(1)


def test_unknown_words_decide_nothing(model: LinearModel) -> None:
    shares, knows = model.shares(pieces("嗯"))
    assert knows == 0
    assert shares.min() > 0.25


def test_a_sample_may_have_several_labels_that_count_for_less() -> None:
    samples = [pieces("头晕"), pieces("头晕"), pieces("牙疼"), pieces("牙疼")]
    learned = fit(
        samples,
        ["神经内科", "耳鼻喉科", "神经内科", "耳鼻喉科", "口腔科", "口腔科"],
        of=[0, 0, 1, 1, 2, 3],
        counts=[0.8, 0.2, 0.8, 0.2, 1.0, 1.0],
    )
    shares = dict(zip(learned.labels, learned.shares(pieces("头晕"))[0], strict=True))
    assert shares["神经内科"] > shares["耳鼻喉科"] > shares["口腔科"]


def test_samples_that_share_nothing_teach_nothing() -> None:
    with pytest.raises(ValueError, match="in common"):
        fit([pieces("头晕"), pieces("牙疼")], ["神经内科", "口腔科"], fewest=3)


def test_what_is_stored_votes_as_before(model: LinearModel) -> None:
    stored = LinearModel.of_arrays(unpacked(packed(model.arrays("m"))), "m")
    for text in ("眼睛痒", "腰痛两天", "不知道"):
        assert np.allclose(stored.shares(pieces(text))[0], model.shares(pieces(text))[0], atol=0.01)


def test_the_stored_bytes_hold_no_sentence(model: LinearModel) -> None:
    assert "膝盖".encode() not in packed(model.arrays("m"))


@pytest.mark.parametrize("data", [b"", b"PK nonsense", b"\x93NUMPY"])
def test_other_bytes_are_no_model(data: bytes) -> None:
    with pytest.raises(BadModel):
        unpacked(data)


def test_parts_that_do_not_fit_together_are_refused(model: LinearModel) -> None:
    for wrong in (
        replace(model, labels=("眼科", "眼科")),
        replace(model, bias=model.bias[:1]),
        replace(model, rarity=model.rarity * 0),
        replace(model, weights=model.weights * np.nan),
    ):
        with pytest.raises(BadModel):
            LinearModel.of_arrays(wrong.arrays("m"), "m")


@given(st.text(), st.none() | st.floats(0, 120), st.sampled_from([None, "男", "女"]))
def test_any_text_is_cut_into_check_sums(text: str, age: float | None, sex: str | None) -> None:
    assert all(0 <= piece < 2**32 for piece in of_complaint([text], Person(age=age, sex=sex)))


def test_age_groups_and_sexes_are_pieces_of_their_own() -> None:
    assert of_complaint(["咳嗽"], Person(age=30)) != of_complaint(["咳嗽"], Person(age=3))
    assert of_complaint(["咳嗽"], Person(age=30)) == of_complaint(["咳嗽"], Person(age=31))
    assert of_complaint(["咳嗽"], Person(sex="男")) != of_complaint(["咳嗽"], Person(sex="女"))


def test_a_denied_finding_is_another_piece_than_one_that_is_there() -> None:
    there, denied = Finding("胸痛"), Finding("胸痛", status=Status.ABSENT)
    assert of_talk([], [there], {}) != of_talk([], [denied], {})
    assert of_talk([], [there], {"胸痛": ("疼痛",)}) > of_talk([], [there], {})
