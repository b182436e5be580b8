"""What a bill would come to. Exact decimals; the parts of an estimate always add up to its total."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from core.errors import Refusal
from hospital import Band, InsuranceFacts, PlanFacts
from insurance.model import Estimate, Part

_CENT = Decimal("0.01")
_NOTHING = Decimal("0.00")
#: Larger bills are a slip of the finger, yuan.
LARGEST_BILL = Decimal(100_000_000)


def estimate(
    facts: InsuranceFacts,
    *,
    plan: str,
    kind: str,
    total: Decimal,
    self_paid: Decimal = _NOTHING,
    category_b: Decimal = _NOTHING,
    retired: bool = False,
    first_stay: bool = True,
    cut: Decimal = _NOTHING,
    earlier: Decimal = _NOTHING,
) -> Estimate | Refusal:
    """Share a bill between patient, basic fund and 大病保险, by the city's own parameters.

    `plan` "employee" or "resident"; `kind` "inpatient" or "outpatient"; money in yuan. `self_paid`: items
    outside the catalogue; `category_b`: items of category B, part of which the patient pays first;
    `first_stay`: of the year; `cut`: what is taken off the ratio (0–1) for care away from home; `earlier`:
    covered outpatient costs of this year before this bill. Raises KeyError for a plan the city does not have.
    """
    facts_of_plan = facts.plan(plan)
    money = [amount.quantize(_CENT, ROUND_HALF_UP) for amount in (total, self_paid, category_b, earlier)]
    total, self_paid, category_b, earlier = money
    if total <= 0 or total > LARGEST_BILL or min(money) < 0:
        return Refusal("amount_out_of_range")
    if self_paid + category_b > total:
        return Refusal("parts_exceed_total")
    paid_first = (category_b * facts.category_b_share).quantize(_CENT, ROUND_HALF_UP)
    covered = total - self_paid - paid_first
    shares = (
        _inpatient(facts_of_plan, covered, retired=retired, first_stay=first_stay, cut=cut)
        if kind == "inpatient"
        else _outpatient(facts_of_plan, covered, retired=retired, cut=cut, earlier=earlier)
    )
    parts = (
        Part("目录外自费", self_paid, "patient"),
        Part("乙类先自付", paid_first, "patient"),
        *shares,
    )
    return Estimate(plan, kind, total, tuple(part for part in parts if part.amount))


def _inpatient(
    plan: PlanFacts, covered: Decimal, *, retired: bool, first_stay: bool, cut: Decimal
) -> tuple[Part, ...]:
    line = plan.inpatient_deductible if first_stay else plan.inpatient_deductible_again
    deductible = min(covered, line)
    shared = covered - deductible
    change = (plan.inpatient_retired_extra if retired else _NOTHING) - cut
    fund = min(_by_bands(shared, plan.inpatient_bands, change), plan.inpatient_cap)
    own = shared - fund
    # 大病保险 counts what the patient bears of covered costs, the deductible included
    major = _by_bands(max(_NOTHING, deductible + own - plan.major_threshold), plan.major_bands, _NOTHING)
    if plan.major_cap is not None:
        major = min(major, plan.major_cap)
    # it relieves the patient's share first, then the deductible
    relieved = min(major, own)
    return (
        Part("起付线", deductible - (major - relieved), "patient"),
        Part("按比例自付", own - relieved, "patient"),
        Part("基本医保支付", fund, "fund"),
        Part("大病保险支付", major, "major"),
    )


def _outpatient(
    plan: PlanFacts, covered: Decimal, *, retired: bool, cut: Decimal, earlier: Decimal
) -> tuple[Part, ...]:
    ratio = _bounded((plan.outpatient_retired_ratio if retired else plan.outpatient_ratio) - cut)

    def fund_of(costs: Decimal) -> Decimal:
        paid = max(_NOTHING, costs - plan.outpatient_deductible) * ratio
        return min(paid, plan.outpatient_cap).quantize(_CENT, ROUND_HALF_UP)

    fund = fund_of(earlier + covered) - fund_of(earlier)
    deductible = min(covered, max(_NOTHING, plan.outpatient_deductible - earlier))
    return (
        Part("起付线", deductible, "patient"),
        Part("按比例自付和超限额", covered - deductible - fund, "patient"),
        Part("门诊统筹支付", fund, "fund"),
    )


def _by_bands(amount: Decimal, bands: tuple[Band, ...], change: Decimal) -> Decimal:
    """What insurance pays of `amount`, each band at its own ratio, all ratios shifted by `change`."""
    paid, start = _NOTHING, _NOTHING
    for band in bands:
        end = amount if band.up_to is None else min(amount, band.up_to)
        if end > start:
            paid += (end - start) * _bounded(band.ratio + change)
            start = end
    return paid.quantize(_CENT, ROUND_HALF_UP)


def _bounded(ratio: Decimal) -> Decimal:
    return max(Decimal(0), min(Decimal(1), ratio))
