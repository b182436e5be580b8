"""Who somebody says they are: names, resident ID numbers, phones and birth dates out of free text.

Pure functions. Each gives the value in its standard form, or a `Refusal` whose code says what is wrong;
`patients.messages` has the sentence for each code.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import cache
from pathlib import Path

import phonenumbers
from stdnum.cn import ric

from core.errors import Refusal
from core.knowledge import Entry, load_document
from core.numerals import DIGITS, whole
from patients.model import IdentityParts, IdNumber

#: Nobody alive is older, years.
OLDEST = 125

_DIGIT_WORDS = str.maketrans({word: str(value) for word, value in DIGITS.items()})
_SPOKEN_DIGITS = re.compile(r"[零〇○一二三四五六七八九幺](?:[ ,，、\-]?[零〇○一二三四五六七八九幺]){6,}")
#: Digits that may be broken up by blanks or hyphens; the last may be the X of an ID number.
_NUMBER_RUN = re.compile(r"\+?\d(?:[ \-.·]*\d)*(?:[ \-.]*[Xx](?![A-Za-z]))?")
_LETTERED_DOCUMENT = re.compile(r"(?<![A-Za-z])(?:[A-Za-z]{1,2}\d{7,10})(?!\d)")
_OTHER_DOCUMENT = re.compile(r"护照|通行证|回乡证|台胞证|居留证|居住证|军官证|外国人|外籍|老外")
_PHONE_WITH_LETTERS = re.compile(r"(?<![A-Za-z0-9])1(?=[0-9A-Za-z]*[A-Za-z])[0-9A-Za-z]{10}(?![A-Za-z0-9])")
_WRITTEN_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})[年\-/. ]{1,2}(\d{1,2})[月\-/. ]{1,2}(\d{1,2})(?!\d)")
_RUN_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)")
_HAN = r"\u3400-\u9fff\U00020000-\U0003134f"
_HAN_NAME = re.compile(rf"[{_HAN}]{{2,20}}|[{_HAN}]+(?:·[{_HAN}]+)+")
_LATIN_NAME = re.compile(r"[A-Za-z][A-Za-z'.\-]*(?: [A-Za-z][A-Za-z'.\-]*){0,5}")
#: What announces a name; the named group tells that nothing else can follow.
_INTRODUCED = re.compile(
    r"(?:(?P<sure>(?:我的?|孩子的?)?名字(?:是|叫)?|姓名(?:是|叫)?|(?:我|他|她|病人|患者|孩子|本人|名)叫做?)|"
    r"我是|本人是?|叫|患者|就诊人)[ :,]*"
)
_LABELS = (
    r"(?:身份证号码|身份证号|身份证|证件号码|证件号|证件|手机号码|手机号|手机|电话号码|电话|联系方式|号码|我的?姓名|我的?名字|姓名|"
    r"名字|我叫|我是|本人|是|今年|年龄|性别|出生|生日|岁)"
)
_BOUNDARY = re.compile(rf"[，,。.；;、:!?\n\r\t（）()【】\[\]]|\s{{2,}}|{_LABELS}|\d")
_TAIL = re.compile(r"(?:先生|女士|同学|小姐)$")
_SEX_WORD = re.compile(r"[男女]性?$")


class _Names(Entry):
    surnames: str
    compound_surnames: tuple[str, ...]
    never_in_a_name: str
    never_words: tuple[str, ...]


@cache
def _names() -> _Names:
    return load_document(Path(__file__).parent / "knowledge" / "names.yml", _Names)


def parse_name(text: str) -> str | Refusal:
    """A person's name in the answer to "what is your name": 王小美, 我叫王小美, 阿依古丽·买买提, Li Na.

    An introduced name (我叫…, 姓名：…) may have any surname; a bare word must begin with a known one.
    Refuses with name_missing, name_length or name_unclear.
    """
    plain = _NUMBER_RUN.sub(",", _plain(text))
    return _name_within(plain) or _well_formed(_strip(plain), sure=False)


def parse_id_number(text: str, today: date) -> IdNumber | Refusal:
    """A resident ID number, by GB 11643-1999: length, check digit, a birth date that is real and not to come.

    Blanks, full-width digits, digits said in Chinese and a lower-case x are understood. Refuses with
    id_number_missing, id_number_document (a passport or permit), id_number_old, id_number_length,
    id_number_check_digit, id_number_birth_date or id_number_future.
    """
    plain = _plain(text)
    runs = [_compact(run) for run in _NUMBER_RUN.findall(plain)]
    candidates = [run for run in runs if len(run) >= 6]
    if not candidates:
        code = "id_number_document" if _LETTERED_DOCUMENT.search(plain) else "id_number_missing"
        return Refusal(code)
    best = min(candidates, key=lambda run: abs(len(run) - 18))
    if len(best) != 18 and _LETTERED_DOCUMENT.search(plain):
        return Refusal("id_number_document")
    return _check_id_number(best, today)


def parse_phone(text: str) -> str | Refusal:
    """A mainland mobile number as E.164.

    Refuses with phone_missing, phone_letters, phone_length, phone_landline or phone_unknown (no such prefix).
    """
    plain = _plain(text)
    if _PHONE_WITH_LETTERS.search(plain):
        return Refusal("phone_letters")
    runs = [_compact(run) for run in _NUMBER_RUN.findall(plain)]
    candidates = [run for run in runs if len(run) >= 6]
    if not candidates:
        return Refusal("phone_missing")
    return _check_phone(min(candidates, key=lambda run: abs(len(_national(run)) - 11)))


def parse_birth_date(text: str, today: date) -> date | Refusal:
    """A birth date: 2020年3月5日, 2020-3-5, 20200305, 二〇二〇年三月五号.

    Refuses with birth_date_missing, birth_date_impossible or birth_date_future.
    """
    plain = re.sub(
        r"[零〇○一二三四五六七八九十]+", lambda m: _in_digits(m[0]), unicodedata.normalize("NFKC", text)
    )
    match = _WRITTEN_DATE.search(plain) or _RUN_DATE.search(plain)
    if match is None:
        return Refusal("birth_date_missing")
    year, month, day = (int(part) for part in match.groups())
    return _real_date(year, month, day, today, "birth_date_impossible", "birth_date_future")


def parse_identity(text: str, today: date) -> IdentityParts:
    """All parts of an identity that one message carries, in any order; never raises.

    What was tried but is wrong is in `problems`; what was not said is None and no problem.
    """
    plain = _plain(text)
    problems: list[Refusal] = []
    id_number: IdNumber | None = None
    phone: str | None = None
    rest = plain
    if match := _PHONE_WITH_LETTERS.search(rest):
        problems.append(Refusal("phone_letters"))
        rest = rest.replace(match[0], "，")
    elif match := _LETTERED_DOCUMENT.search(rest):
        problems.append(Refusal("id_number_document"))
        rest = rest.replace(match[0], "，")
    for run in list(_NUMBER_RUN.finditer(rest)):
        before = rest[max(0, run.start() - 8) : run.start()]
        for number in _split_run(run[0], today):
            if len(number) < 7:
                continue
            if _means_id_number(number, before):
                checked = _check_id_number(number, today)
                if isinstance(checked, Refusal):
                    problems.append(checked)
                elif id_number is None:
                    id_number = checked
            elif _means_phone(number, before):
                told = _check_phone(number)
                if isinstance(told, Refusal):
                    problems.append(told)
                elif phone is None:
                    phone = told
    name = _name_within(_NUMBER_RUN.sub("，", rest))
    if isinstance(name, Refusal):
        problems.append(name)
        name = None
    if _OTHER_DOCUMENT.search(rest):
        problems.append(Refusal("id_number_document"))
    if id_number is not None:
        problems = [one for one in problems if not one.code.startswith("id_number_")]
    if phone is not None:
        problems = [one for one in problems if not one.code.startswith("phone_")]
    return IdentityParts(name, id_number, phone, tuple({one.code: one for one in problems}.values()))


def same_name(one: str, other: str) -> bool:
    """True if two names differ only by case, blanks or the kind of middle dot."""
    return name_key(one) == name_key(other)


def name_key(name: str) -> str:
    """What all spellings of a name have in common."""
    return re.sub(r"[\s·.\-]", "", _plain(name)).casefold()


def _plain(text: str) -> str:
    """Half-width, one kind of middle dot, digits for Chinese digits that are read out one by one."""
    plain = unicodedata.normalize("NFKC", text).replace("Х", "X").replace("х", "x")
    plain = re.sub(r"[•・‧∙⋅﹒●．]", "·", plain)
    plain = re.sub(rf"(?<=[{_HAN}])\.(?=[{_HAN}])", "·", plain)
    return _SPOKEN_DIGITS.sub(lambda m: re.sub(r"[ ,，、]", "", m[0]).translate(_DIGIT_WORDS), plain).strip()


def _compact(run: str) -> str:
    return re.sub(r"[^\dXx+]", "", run).upper()


def _split_run(run: str, today: date) -> list[str]:
    """Cut digits that are separated by blanks into the numbers they stand for.

    `110101 1990… 138 0000 1234` is one run: pieces are joined where that gives a valid number.
    """
    pieces = [piece for piece in re.split(r"[ \-.·]+", run) if piece]
    if len(pieces) > 1 and pieces[-1] in {"X", "x"}:
        pieces[-2:] = [pieces[-2] + pieces[-1]]
    numbers: list[str] = []
    while pieces:
        taken = _pieces_of_one_number(pieces, today)
        numbers.append(_compact("".join(pieces[:taken])))
        pieces = pieces[taken:]
    return numbers


def _pieces_of_one_number(pieces: list[str], today: date) -> int:
    joined = [_compact("".join(pieces[: count + 1])) for count in range(len(pieces))]
    for count, number in enumerate(joined, 1):
        valid_id = len(number) == 18 and isinstance(_check_id_number(number, today), IdNumber)
        if valid_id or isinstance(_check_phone(number), str):
            return count
    for count, number in enumerate(joined, 1):
        if len(number) == 18 or (len(number) == 11 and number[0] == "1"):
            return count
    return len(pieces) if len(joined[-1]) <= 20 else 1


def _means_id_number(number: str, before: str) -> bool:
    if re.search(r"手机|电话|联系", before):
        return False
    return number.endswith("X") or len(_national(number)) > 13 or "证" in before


def _means_phone(number: str, before: str) -> bool:
    national = _national(number)
    return bool(re.search(r"手机|电话|联系", before)) or (national[0] in "10" and 9 <= len(national) <= 13)


def _check_id_number(number: str, today: date) -> IdNumber | Refusal:
    if not re.fullmatch(r"\d+X?", number):
        return Refusal("id_number_length", {"length": str(len(number))})
    if len(number) == 15 and number.isdigit():
        return Refusal("id_number_old")
    if len(number) != 18:
        return Refusal("id_number_length", {"length": str(len(number))})
    # The date is looked at first: a mistyped date also breaks the check digit, and naming it helps more.
    birth = _real_date(
        int(number[6:10]),
        int(number[10:12]),
        int(number[12:14]),
        today,
        "id_number_birth_date",
        "id_number_future",
    )
    if isinstance(birth, Refusal):
        return birth
    if number[-1] != ric.calc_check_digit(number) or number[0] == "0":
        return Refusal("id_number_check_digit")
    return IdNumber(number, birth, "男" if int(number[16]) % 2 else "女")


def _real_date(year: int, month: int, day: int, today: date, impossible: str, future: str) -> date | Refusal:
    try:
        born = date(year, month, day)
    except ValueError:
        return Refusal(impossible)
    if born > today:
        return Refusal(future)
    return born if today.year - born.year <= OLDEST else Refusal(impossible)


def _national(number: str) -> str:
    digits = number.lstrip("+")
    for prefix in ("0086", "86"):
        if digits.startswith(prefix) and len(digits) > 11:
            return digits.removeprefix(prefix)
    return digits


def _check_phone(number: str) -> str | Refusal:
    national = _national(number)
    if "X" in national:
        return Refusal("phone_letters")
    if national.startswith("0") and 10 <= len(national) <= 12:
        return Refusal("phone_landline")
    if len(national) != 11:
        return Refusal("phone_length", {"length": str(len(national))})
    if not national.startswith("1"):
        return Refusal("phone_unknown")
    parsed = phonenumbers.parse(national, "CN")
    if phonenumbers.number_type(parsed) != phonenumbers.PhoneNumberType.MOBILE:
        return Refusal("phone_unknown")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _in_digits(words: str) -> str:
    """三 → 3, 二十三 → 23, 二〇二〇 → 2020; what is no number stays."""
    value = whole(words)
    return words if value is None else str(value)


def _name_within(rest: str) -> str | Refusal | None:
    """The name in a message from which the numbers were taken out; None if there is none."""
    match = _INTRODUCED.search(rest)
    if match is not None:
        after = rest[match.end() :]
        boundary = _BOUNDARY.search(after)
        word = _strip(after[: boundary.start()] if boundary else after)
        name = _well_formed(word, sure=True)
        if isinstance(name, str) or match["sure"]:
            return name
    for chunk in _BOUNDARY.split(rest):
        for word in (_strip(chunk), *(_strip(part) for part in chunk.split())):
            name = _well_formed(word, sure=False)
            if isinstance(name, str):
                return name
    return None


def _strip(text: str) -> str:
    bare = text.strip(" \t\n,。.!~:、'\"“”")
    bare = re.sub(r"^(?:是|叫|做)", "", bare)
    bare = _TAIL.sub("", bare)
    shorter = _SEX_WORD.sub("", bare).strip()
    return shorter if len(shorter) >= 2 else bare


def _well_formed(word: str, *, sure: bool) -> str | Refusal:
    """`sure`: the word was introduced as a name, so an uncommon surname is no reason for doubt."""
    if not word:
        return Refusal("name_missing")
    if _LATIN_NAME.fullmatch(word):
        letters = sum(character.isalpha() for character in word)
        # Typed without an introduction, only capitals tell a name from an English sentence.
        named = sure or (" " in word and all(part[0].isupper() for part in word.split()))
        if 2 <= letters <= 40 and named and len(set(word.casefold())) > 1:
            return " ".join(word.split())
        return Refusal("name_unclear")
    if re.fullmatch(rf"[{_HAN}]+ [{_HAN}]+", word) and len(word) <= 5:
        word = word.replace(" ", "")
    if not re.fullmatch(rf"[{_HAN}·]+", word):
        return Refusal("name_unclear")
    if not 2 <= len(word.replace("·", "")) <= 20:
        return Refusal("name_length")
    known = _names()
    if (
        not _HAN_NAME.fullmatch(word)
        or any(character in known.never_in_a_name for character in word)
        or any(nonsense in word for nonsense in known.never_words)
        or len(set(word)) == 1
    ):
        return Refusal("name_unclear")
    return word if sure or "·" in word or _has_surname(word, known) else Refusal("name_unclear")


def _has_surname(word: str, known: _Names) -> bool:
    if word.startswith(known.compound_surnames):
        return len(word) <= 6
    return word[0] in known.surnames and len(word) <= 4
