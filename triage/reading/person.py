"""Facts of the person in a message: age, sex, pregnancy and its week, days since birth-giving."""

from __future__ import annotations

import re
from dataclasses import dataclass

from triage.reading.mentions import Span
from triage.reading.numbers import NUMBER, parse

_N = r"\d{1,3}|[一二两俩仨三四五六七八九十百零]{1,5}"
_YEARS = re.compile(
    rf"(?<![\d.])(?P<n>{_N})(?P<more>多|来|几)?(?:周)?岁(?P<half>半|多)?(?:零|又)?(?:(?P<m>\d{{1,2}}|[一二两三四五六七八九十]{{1,2}})个月)?(?!以上|以下|以内|前|之前|以前|后|时|的时候)"
)
_NEARLY = re.compile(
    r"今年(?:快|都|已经)*(?P<n>\d{2,3}|[二三四五六七八九]?十[一二三四五六七八九]?)(?P<more>多|好几|几)?(?:出头)?了?(?![个天年月周分次岁])"
)
_OLD = re.compile(
    r"(?:奶奶|爷爷|妈妈?|爸爸?|公公|婆婆|外公|外婆|姥姥|姥爷|老伴|老人|父亲|母亲|老太太|老爷子)(?:都|快|今年|已经)*(?P<n>\d{2}|[二三四五六七八九]十[一二三四五六七八九]?)(?P<more>多|好几|几)?(?:出头)?(?:了|的人)+(?=$|[，。,\s])|"
    r"(?:奔|年近|年过)(?P<n2>\d{2}|[三四五六七八九]十)(?:的人|了|岁)|"
    r"(?:奶奶|爷爷|妈妈?|爸爸?|公公|婆婆|外公|外婆|姥姥|姥爷|老伴|父亲|母亲|爹|娘|老太太|老爷子)"
    r"儿?(?P<n3>[五六七八九]十[一二三四五六七八九]?)(?=$|[，。,\s])"
)
#: 我爸老烟枪七十多了, 我奶九十了, 我五十六: no word of measure between the person and the number.
_KIN_OLD = re.compile(
    r"(?:奶奶|爷爷|妈|爸|公公|婆婆|外公|外婆|姥姥|姥爷|老伴儿?|老头儿?|老头子|老人|父亲|母亲|老太太|老爷子|老汉|阿公|阿婆|爹|娘|奶|爷|我|俺)"
    r"[^，。；！？\s\d一二三四五六七八九十百血压糖氧心脉率烧温斤重花块元次量高低测到跳尿第]{0,5}"
    r"(?P<n>[4-9]\d|[四五六七八九]十[一二三四五六七八九]?)(?P<more>多|好几|几|来)?(?:出头)?"
    r"(?:(?:了|啦|喽|咯)(?![\d一二三四五六七八九十])|(?=[，。,\s]|$))"
)
#: 男22, 女 63, 45 男: typed short.
_TYPED = re.compile(r"(?:^|[，。、；\s(（])[男女][，、\s]?(?P<n>\d{2})(?:岁|(?=$|[，。、；\s)）]))")
_TYPED_FIRST = re.compile(r"(?:^|[，。、；\s(（])(?P<n>\d{2})[，、\s]?[男女](?=$|[，。、；\s)）])")
_SAID_LOOSELY = (_NEARLY, _OLD, _KIN_OLD, _TYPED, _TYPED_FIRST)
_CHILD = (
    "小宝宝|宝宝|二宝|大宝|三宝|小宝|宝贝|婴儿|孩子|小孩|娃娃|娃|女儿|儿子|男宝|女宝|男孩|女孩|闺女|孙子|孙女|新生儿|幼儿|"
    "小家伙|妹妹|弟弟|小妮儿?|妮儿|毛毛|小毛头|毛头|小囡|囡囡|囡|崽崽?|幺儿|幺妹|妹娃|弟娃|小丫头|丫头|小子|小不点|伢儿?|伢子|仔仔|"
    "细路|bb|小娃儿?|娃儿|娃子|奶娃|奶娃娃|月娃|毛娃|外孙女?|外甥女?|侄子|侄女|侄儿|孙儿|小宝贝|老二|老三|妞妞|妞儿|小妞|小少爷|小公主|小祖宗"
)
#: Behind 大 these make another word: 两天大便黑, 三天大姨妈没来.
_NOT_AGE = "[便姨腿量夫面片汗出口脑笑小家部概约清姐号哭]"
#: Between the word for a child and its age: 小囡还没满百天，才两个半月.
_THEN = (
    r"(?:[^，。；！？\d咳嗽拉吐烧疼痛泻痒肿喘病]{0,4}?|[^，。；！？\d]{0,8}[，\s]"
    r"(?:现在|今天|才|刚|刚刚|刚满|还不到|还没到|快|也就|差不多|大概|满打满算|只有|满)+)"
)
#: Not yet that old: 不到三个月, 差两天三个月.
_NOT_YET = re.compile(
    r"(?:不到|没到|未满|不满|没满|快|差[一两二三四五六七几\d]+天(?:就)?(?:满|到)?)(?:够|有)?$"
)
_HALF_YEAR = re.compile(r"(?P<not>快|不到|还没|没到|将近)?(?:满)?半岁")
#: 八个月，隔一会儿嚎一顿: an age by itself, beside what only small children do.
_MONTHS_FIRST = re.compile(
    rf"^(?:刚|才|刚满|现在)?(?P<n>{_N})个(?P<half>半)?(?:多)?月(?:多|半|大)?(?=[，。；！？\s])"
    r"(?=.*(?:哭|嚎|奶|尿不湿|尿布|尿片|囟|蜷|缩腿|粑粑|便便|哄|宝|娃|崽))"
)
#: A hundred days are celebrated: 还没满百天, 刚过百天.
_HUNDRED = re.compile(
    r"(?P<not>还没|没|未|不|差点)?(?:到|满|过|办)?(?:了)?(?:一)?百天(?!大战|冲刺|倒计时|誓师)"
)
_MONTHS = re.compile(
    rf"(?:(?P<before>出生|生下来|生后|{_CHILD}){_THEN})?(?<![\d怀孕])(?P<n>{_N}|半)(?:个)?(?P<half1>半)?(?:多|来)?月(?P<half>半)?(?P<more>零|多|又)?"
    rf"(?:(?P<d>\d{{1,2}}|[一二三四五六七八九十几]{{1,3}})来?天)?(?P<under>不到|都没到|左右|出头|还差\w天)?(?P<after>大(?!{_NOT_AGE})|龄|的?(?:{_CHILD}))?"
)
_DAYS = re.compile(
    rf"(?P<birth>出生|生后|生下来|刚生|刚出生|新生儿|宝宝(?=刚|才)|(?:{_CHILD}|崽崽?)(?=(?:才|刚|现在|今天|快)*(?:{_N})来?天(?:了|多)?(?:$|[，。\s])))?"
    rf"(?:才|刚|第|了|后|现在|今天|快)*(?P<n>{_N})来?(?P<unit>天|小时|周)(?P<after>大(?!{_NOT_AGE})|龄|的?(?:{_CHILD}))?"
)
_FULL_MONTH = re.compile(r"(?P<not>还没|没|未|不)?(?<![像似如])满月(?!酒|脸|似的|一样)")
_TWO_SEXES = re.compile(
    r"(?:^|[，。、；\s(（]|本人|患者|性别|我是个?)(?P<s>男|女)(?=$|[，。、；\s)）\d]|的|性|生|孩|童|士|宝|[一二三四五六七八九])"
)
_SEX_WORDS = re.compile(
    r"(?P<m>男性|男孩|男宝|男童|小伙子|男的|男婴|小男孩|男娃|老大爷|大老爷们)|(?P<f>女性|女孩|女宝|女童|小姑娘|女的|女婴|小女孩|女娃|女士|孕妇|产妇|宝妈|家庭主妇)"
)
_WEEKS = re.compile(
    rf"(?:怀孕|孕期|妊娠|怀了|孕|有孕|怀|双胎|三胎|大肚子)(?:[^，。；！？\d一二三四五六七八九十半]{{0,5}})(?P<n>{NUMBER})(?P<more>多|来)?(?:个)?(?P<half>半)?(?P<unit>周|月|星期|礼拜|天|\+)(?P<half2>半)?"
)
_MONTHS_ONLY = re.compile(
    rf"(?P<n>{_N})个?(?:多)?月(?P<half>半)?(?:多)?的?(?:身孕|孕肚|身子|大肚子|双胞胎|双胎)|(?P<n2>{_N})个?(?:多)?月的肚子"
)
_WEEKS_ONLY = re.compile(
    rf"(?P<n>{_N})(?:周|\+\d)(?=[^，。]{{0,6}}(?:孕|怀|胎)|[^。]{{0,16}}(?:羊水|宫缩|见红|见了?[点些]红|破水|流出一|流水|流了好?多水|顺着|胎动|产检|阵痛))"
)
#: 我38周，肚子发紧: nobody else counts so many weeks.
_WEEKS_ALONE = re.compile(
    r"(?:^|[，。；！？\s])(?:我|我们|媳妇儿?|我?老婆|爱人|她|闺女|儿媳妇?|我?妹妹?|我?姐姐?)?"
    r"(?:现在|今天|才|刚|刚刚|刚到|已经|都|快|满|刚满|还不到|不到)*"
    r"(?P<n>1[4-9]|[23]\d|4[0-2]|十[四五六七八九]|[二三]十[一二三四五六七八九]?|四十[一二]?)(?:个)?周"
    r"(?:多|半|\+\d|加[一二三四五六\d])?(?:了|零[一二三四五六\d]天)?(?=[，。；！？\s]|$)"
)
#: Words for a third of the pregnancy → completed weeks at its beginning.
_THIRDS = (("孕晚期", 28.0), ("孕后期", 28.0), ("怀孕后期", 28.0), ("孕中期", 14.0), ("怀孕中期", 14.0))
_PREGNANT = re.compile(
    r"怀孕|有孕在身|孕妇|身孕|孕期|孕早期|孕中期|孕晚期|怀着孕|怀二胎|怀着|怀了|大着肚子|准妈妈|孕\d|孕[一二三四五六七八九十]|妊娠|孕\d{1,2}周|有喜了|预产期|怀胎"
)
_NOT_NOW = re.compile(
    r"(没有?|未|不可能|没有可能|不是|不会|备|想|准备|打算|是不是|是否|有没有|会不会|可能|怀疑|担心|怕|如果|排除|没在|非|能|可以|适合|不能|容易|影响|以后|要是|什么时候|不想|以前|之前|曾经|去年|上次|好像|试图|测)[^，。；！？]{0,3}$"
)
_NOT_THIS = re.compile(r"^(前|之前|以前|过|检查|吗|了吗|怎么|需要|的准备|率|试纸|几率|的几率|概率|史|女人)")
_DENIED = re.compile(r"(?<!有)(没有?|未|不可能|没有可能|(?<!是)不是|没在|非|(?<!会)不会)$")
_BIRTH = re.compile(
    rf"(?:产后|生完[大二三]宝|[刨破]腹产后?|生完孩子|生完宝宝|生完|剖腹产后|顺产后|剖宫产后|剖宫产|顺产|生了孩子|分娩后|剖了|剖完|剖的|生产完|刚生完|生孩子|剖腹产|坐月子|生娃|生二胎)(?:[^，。；！？\d一二三四五六七八九十半]{{0,4}})(?P<n>{NUMBER})(?:多)?(?:个)?(?P<unit>天|周|月|星期|小时)"
)
_LYING_IN = re.compile(
    r"坐月子|月子里(?!的?(?:宝|娃|孩|小孩|婴|崽))|月子期|在月子|刚生完|产褥期|刚生了孩子|月子中|才生完|产后大?出血|产后发烧|产后高烧"
)
#: Words before 刚生完孩子 → days since.
_SINCE = (
    ("上个月", 30.0),
    ("上周", 7.0),
    ("上星期", 7.0),
    ("前几天", 4.0),
    ("前两天", 2.0),
    ("前天", 2.0),
    ("昨", 1.0),
    ("今天", 0.5),
)
#: The puerperium, days (《妇产科学》第9版).
PUERPERIUM = 42


@dataclass(frozen=True, slots=True)
class Facts:
    """What the message says of the person, and where (so that it is not read as a duration)."""

    age: float | None = None
    sex: str | None = None
    pregnant: bool | None = None
    gestation_weeks: float | None = None
    postpartum_days: float | None = None
    taken: tuple[Span, ...] = ()


def facts(text: str) -> Facts:
    """Age in years, sex, pregnancy, completed weeks, days after birth-giving; None where not said."""
    taken: list[Span] = []
    weeks, weeks_at = _weeks(text)
    if weeks_at:
        taken.append(weeks_at)
    days, birth_at = _postpartum(text)
    if birth_at:
        taken.append(birth_at)
    age, ages_at = _age(text, tuple(taken))
    taken += ages_at
    pregnant = _pregnant(text)
    if weeks is not None and pregnant is None:
        pregnant = True
    if pregnant is False:
        weeks = None
    if weeks is None and pregnant:
        weeks = next((least for word, least in _THIRDS if word in text), None)
    if days is not None and pregnant:
        pregnant, weeks = None, None
    sex = _sex(text)
    if sex is None and (pregnant or days is not None):
        sex = "女"
    return Facts(age, sex, pregnant, weeks, days, tuple(taken))


def _age(text: str, taken: tuple[Span, ...]) -> tuple[float | None, list[Span]]:
    spans: list[Span] = []
    age: float | None = None
    for match in _YEARS.finditer(text):
        value = _number(match["n"])
        if value is None or value > 130:
            continue
        spans.append(match.span())
        if match["more"] in {"多", "几"}:
            value += 5 if value >= 20 else 3
        if match["half"] == "半":
            value += 0.5
        if match["m"]:
            value += (_number(match["m"]) or 0) / 12
        age = value if age is None else age
    if age is None:
        for match in (m for said in _SAID_LOOSELY for m in said.finditer(text)):
            groups = match.groupdict()
            value = _number(groups["n"] or groups.get("n2") or groups.get("n3") or "")
            if value is not None:
                spans.append(match.span())
                age = value + (5 if groups.get("more") else 0)
                break
    for match in _MONTHS.finditer(text):
        if (
            not (match["before"] or match["after"])
            or _overlap(match.span(), taken)
            or _overlap(match.span(), spans)
        ):
            continue
        if (
            match["before"]
            and not match["after"]
            and not re.search(r"[才刚满快]$|不到$", text[: match.start("n")])
            and re.match(r"^(了?(没|不|咳|发|拉|吐|一直)|前|后|以来|开始)", text[match.end() :])
        ):
            continue
        value = _number(match["n"])
        if value is None or value > 36:
            continue
        months = value + (0.5 if match["half"] or match["half1"] else 0)
        if _NOT_YET.search(text[: match.start("n")]) or match["under"] in {"不到", "都没到"}:
            months -= 0.3
        if match["d"]:
            months += (_number(match["d"]) or 0) / 30
        spans.append(match.span())
        age = round(months / 12, 3) if age is None else age
    for match in _DAYS.finditer(text):
        if (
            not (match["birth"] or match["after"])
            or _overlap(match.span(), taken)
            or _overlap(match.span(), spans)
        ):
            continue
        value = _number(match["n"])
        days = {"天": 1.0, "小时": 1 / 24, "周": 7.0}[match["unit"]] * (value or 0)
        if value is None or days > 400:
            continue
        spans.append(match.span())
        age = round(days / 365, 4) if age is None else age
    hundred = _HUNDRED.search(text)
    if hundred and age is None:
        age = 0.2 if hundred["not"] else 0.28
    first = _MONTHS_FIRST.search(text)
    if first and age is None and not taken:
        age = round(((_number(first["n"]) or 0.0) + (0.5 if first["half"] else 0.0)) / 12, 3)
    half = _HALF_YEAR.search(text)
    if half and age is None:
        age = 0.45 if half["not"] else 0.5
    full = _FULL_MONTH.search(text)
    if full and age is None:
        age = 0.05 if full["not"] else 0.085
    return age, spans


def _number(text: str) -> float | None:
    """Like `parse`, but 五六十 is 55."""
    two = re.fullmatch(r"([一二三四五六七八九])([一二三四五六七八九])十", text)
    if two:
        first, second = parse(two[1]), parse(two[2])
        return None if first is None or second is None else (first + second) * 5
    return parse(text)


def _sex(text: str) -> str | None:
    match = _TWO_SEXES.search(text)
    if match:
        return match["s"]
    word = _SEX_WORDS.search(text)
    if word:
        return "男" if word["m"] else "女"
    return None


def _pregnant(text: str) -> bool | None:
    answer: bool | None = None
    for match in _PREGNANT.finditer(text):
        before, after = text[max(0, match.start() - 8) : match.start()], text[match.end() : match.end() + 4]
        if _DENIED.search(before):
            answer = False if answer is None else answer
        elif not _NOT_NOW.search(before) and not _NOT_THIS.search(after):
            answer = True
    return answer


def _weeks(text: str) -> tuple[float | None, Span | None]:
    match = _WEEKS.search(text)
    if match is None:
        months = _MONTHS_ONLY.search(text)
        number = _number(months["n"] or months["n2"]) if months else None
        if months and number is not None and 1 <= number <= 10:
            return float(int((number + (0.5 if months["half"] else 0.0)) * 4)), months.span()
        only = _WEEKS_ONLY.search(text) or _WEEKS_ALONE.search(text)
        value = _number(only["n"]) if only else None
        return (value, only.span()) if only and value is not None and 3 <= value <= 44 else (None, None)
    if _NOT_NOW.search(text[max(0, match.start() - 8) : match.start()]):
        return None, match.span()
    value = parse(match["n"])
    if value is None:
        return None, None
    if match["half"] or match["half2"]:
        value += 0.5
    # Obstetric months have four weeks.
    weeks = {"月": value * 4, "天": value / 7}.get(match["unit"], value)
    return (float(int(weeks)), match.span()) if 0 < weeks <= 45 else (None, match.span())


def _postpartum(text: str) -> tuple[float | None, Span | None]:
    match = _BIRTH.search(text)
    if match:
        value = parse(match["n"])
        if value is not None:
            days = value * {"天": 1.0, "周": 7.0, "星期": 7.0, "月": 30.0, "小时": 1 / 24}[match["unit"]]
            return (days if days <= PUERPERIUM else None), match.span()
    lying = _LYING_IN.search(text)
    if lying:
        # The month of lying-in: its middle when nothing nearer was said.
        before = text[max(0, lying.start() - 8) : lying.start()]
        for word, days in _SINCE:
            if word in before:
                return days, lying.span()
        return (3.0 if "刚" in lying.group() or "才" in lying.group() else 15.0), lying.span()
    return None, None


def _overlap(span: Span, taken: tuple[Span, ...] | list[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in taken)
