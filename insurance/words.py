"""The hospital's numbers as words for answers: what `{…}` in a topic may name."""

from __future__ import annotations

from decimal import Decimal

from hospital import Band, Hospital, InsuranceFacts, PlanFacts

#: Words that tell who to ask rather than what is paid: an answer may use them and stay a national one.
CONTACT_WORDS = frozenset(
    {
        "hospital",
        "office_location",
        "office_hours",
        "office_phone",
        "complaint_phone",
        "chronic_office",
        "city_service",
        "level",
    }
)


def words_of(hospital: Hospital) -> dict[str, str]:
    facts = hospital.insurance
    words = {
        **facts.words,
        "hospital": hospital.name,
        "city": facts.city,
        "level": facts.hospital_level,
        "office_location": facts.office_location,
        "office_hours": facts.office_hours,
        "office_phone": hospital.phones.insurance_office,
        "complaint_phone": hospital.phones.complaint_office,
        "category_b": percent(facts.category_b_share),
        "away_referred": points(facts.away_referred_cut),
        "away_unfiled": points(facts.away_unfiled_cut),
        "manual_months": str(facts.manual_claim_months),
        "newborn_days": str(facts.newborn_days),
    }
    for plan in facts.plans:
        words |= {f"{plan.code}_{name}": value for name, value in _plan_words(plan).items()}
    return words


def local_words(facts: InsuranceFacts) -> frozenset[str]:
    """Names of `words_of` that state the city's own rules."""
    return frozenset(
        {
            "category_b",
            "away_referred",
            "away_unfiled",
            "manual_months",
            "newborn_days",
            *(f"{plan.code}_{name}" for plan in facts.plans for name in _plan_words(plan)),
            *(name for name in facts.words if name not in CONTACT_WORDS),
        }
    )


def _plan_words(plan: PlanFacts) -> dict[str, str]:
    return {
        "out_deductible": yuan(plan.outpatient_deductible),
        "out_ratio": percent(plan.outpatient_ratio),
        "out_retired": percent(plan.outpatient_retired_ratio),
        "out_cap": yuan(plan.outpatient_cap),
        "chronic": percent(plan.chronic_ratio),
        "deductible": yuan(plan.inpatient_deductible),
        "again": yuan(plan.inpatient_deductible_again),
        "bands": f"起付线 {yuan(plan.inpatient_deductible)} 元，超过后{bands(plan.inpatient_bands)}",
        "retired_extra": points(plan.inpatient_retired_extra),
        "cap": yuan(plan.inpatient_cap),
        "major_threshold": yuan(plan.major_threshold),
        "major_bands": bands(plan.major_bands),
    }


def yuan(amount: Decimal) -> str:
    """15000 → 1.5 万; 900 → 900; a word or blank follows. Whole cents stay as they are."""
    if amount >= 10000 and amount % 100 == 0:
        return f"{(amount / 10000).normalize():f} 万"
    return f"{amount.normalize():f}"


def percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}%"


def points(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} 个百分点"


def bands(rows: tuple[Band, ...]) -> str:
    """(20000 → 0.85, no end → 0.9) → "2 万元以内报 85%，以上报 90%"."""
    if len(rows) == 1:
        return f"报 {percent(rows[0].ratio)}"
    pieces = [f"{yuan(row.up_to)}元以内报 {percent(row.ratio)}" for row in rows if row.up_to is not None]
    return "，".join([*pieces, f"以上报 {percent(rows[-1].ratio)}"])
