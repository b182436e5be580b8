"""Estimates of bills, and reading bills out of sentences."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refusal
from insurance import Estimate, read_bill
from insurance.estimate import estimate
from tests import loaded

FACTS = loaded.hospital().insurance
MONEY = st.decimals(Decimal("0.01"), Decimal(2_000_000), places=2)
SHARE = st.decimals(0, 1, places=3)


@given(
    plan=st.sampled_from(["employee", "resident"]),
    kind=st.sampled_from(["inpatient", "outpatient"]),
    total=MONEY,
    self_paid=SHARE,
    category_b=SHARE,
    retired=st.booleans(),
    first_stay=st.booleans(),
    cut=st.sampled_from([Decimal(0), Decimal("0.1"), Decimal("0.2")]),
    earlier=st.decimals(0, 20_000, places=2),
)
def test_parts_add_up_to_the_total_and_none_is_negative(
    plan: str,
    kind: str,
    total: Decimal,
    self_paid: Decimal,
    category_b: Decimal,
    retired: bool,
    first_stay: bool,
    cut: Decimal,
    earlier: Decimal,
) -> None:
    own = (total * self_paid / 2).quantize(Decimal("0.01"), "ROUND_DOWN")
    some = (total * category_b / 2).quantize(Decimal("0.01"), "ROUND_DOWN")
    result = estimate(
        FACTS,
        plan=plan,
        kind=kind,
        total=total,
        self_paid=own,
        category_b=some,
        retired=retired,
        first_stay=first_stay,
        cut=cut,
        earlier=earlier,
    )
    assert isinstance(result, Estimate)
    assert sum(part.amount for part in result.parts) == total
    assert all(part.amount > 0 for part in result.parts)
    assert result.patient + result.insurance == total
    assert result.patient >= own


@given(total=MONEY, more=MONEY, plan=st.sampled_from(["employee", "resident"]))
def test_a_larger_bill_never_costs_the_patient_less(total: Decimal, more: Decimal, plan: str) -> None:
    small = estimate(FACTS, plan=plan, kind="inpatient", total=total)
    large = estimate(FACTS, plan=plan, kind="inpatient", total=total + more)
    assert isinstance(small, Estimate)
    assert isinstance(large, Estimate)
    assert large.patient >= small.patient - Decimal("0.02")


def test_an_employees_stay_by_hand() -> None:
    # 30,000 − 5,000 self-paid − 900 deductible = 24,100: 20,000 × 85 % + 4,100 × 90 % = 20,690
    result = estimate(
        FACTS, plan="employee", kind="inpatient", total=Decimal(30_000), self_paid=Decimal(5_000)
    )
    assert isinstance(result, Estimate)
    assert result.paid_by("fund") == Decimal(20_690)
    assert result.patient == Decimal(9_310)


def test_a_retired_patients_second_stay_by_hand() -> None:
    # 10,450 − 450 = 10,000 × 88 %
    result = estimate(
        FACTS, plan="employee", kind="inpatient", total=Decimal(10_450), retired=True, first_stay=False
    )
    assert isinstance(result, Estimate)
    assert result.paid_by("fund") == Decimal(8_800)


def test_major_illness_insurance_takes_over_beyond_its_line() -> None:
    # resident: 101,000 − 1,000 = 100,000 × 60 % = 60,000; borne 41,000 − 14,000 = 27,000 × 60 % = 16,200
    result = estimate(FACTS, plan="resident", kind="inpatient", total=Decimal(101_000))
    assert isinstance(result, Estimate)
    assert result.paid_by("major") == Decimal(16_200)
    assert result.patient == Decimal(24_800)


def test_category_b_is_paid_first() -> None:
    result = estimate(
        FACTS, plan="employee", kind="inpatient", total=Decimal(10_900), category_b=Decimal(5_000)
    )
    assert isinstance(result, Estimate)
    # 10,900 − 500 − 900 = 9,500 × 85 %
    assert result.paid_by("fund") == Decimal(8_075)


def test_outpatient_deductible_and_cap_count_over_the_year() -> None:
    first = estimate(FACTS, plan="employee", kind="outpatient", total=Decimal(1_000))
    later = estimate(FACTS, plan="employee", kind="outpatient", total=Decimal(1_000), earlier=Decimal(600))
    capped = estimate(
        FACTS, plan="employee", kind="outpatient", total=Decimal(1_000), earlier=Decimal(90_000)
    )
    assert isinstance(first, Estimate)
    assert isinstance(later, Estimate)
    assert isinstance(capped, Estimate)
    assert (first.insurance, later.insurance, capped.insurance) == (220, 550, 0)


@pytest.mark.parametrize(
    ("total", "self_paid", "code"),
    [
        (0, 0, "amount_out_of_range"),
        (-5, 0, "amount_out_of_range"),
        (10**9, 0, "amount_out_of_range"),
        (100, 101, "parts_exceed_total"),
        (100, -1, "amount_out_of_range"),
    ],
)
def test_nonsense_amounts_are_refused(total: int, self_paid: int, code: str) -> None:
    result = estimate(
        FACTS, plan="employee", kind="inpatient", total=Decimal(total), self_paid=Decimal(self_paid)
    )
    assert isinstance(result, Refusal)
    assert result.code == code


@pytest.mark.parametrize(
    ("text", "total", "self_paid", "plan", "kind"),
    [
        ("职工医保住院花了三万五能报多少", 35_000, 0, "employee", "inpatient"),
        ("新农合住院花了2万8能报多少", 28_000, 0, "resident", "inpatient"),
        ("做手术总费用5.6万，自费1万，自己要出多少", 56_000, 10_000, None, "inpatient"),
        ("居民医保看门诊花了500块钱能报多少", 500, 0, "resident", "outpatient"),
        ("住院一共一万二千元，帮我算算能报多少", 12_000, 0, None, "inpatient"),
        ("住院费用3w报多少", 30_000, 0, None, "inpatient"),
        ("住院花了30000，退休职工，报多少", 30_000, 0, "employee", "inpatient"),
        ("住院花了十万零五百块能报多少", 100_500, 0, None, "inpatient"),
        ("住院花了1,2345元能报多少", 12_345, 0, None, "inpatient"),
    ],
)
def test_bills_are_read_from_sentences(
    text: str, total: int, self_paid: int, plan: str | None, kind: str
) -> None:
    bill = read_bill(text)
    assert bill is not None
    assert (bill.total, bill.self_paid, bill.plan, bill.kind) == (total, self_paid, plan, kind)


@pytest.mark.parametrize(
    "text",
    [
        "住院能报多少",
        "异地住院花了三万能报多少",
        "我花了三万块买车",
        "住院三天了能报吗",
        "",
        "一共多少钱",
        "住了两次院能报吗",
    ],
)
def test_sentences_without_a_bill_are_left_alone(text: str) -> None:
    assert read_bill(text) is None


@given(st.text(alphabet="一二三万千百十零两点0123456789.花了住院报多少自费块元wk", max_size=30))
def test_no_sentence_breaks_the_reader(text: str) -> None:
    bill = read_bill(text)
    assert bill is None or bill.total >= 0
