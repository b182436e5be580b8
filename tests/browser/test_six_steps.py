"""The six steps of the demonstration, with a real browser, the real bot and every process running."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from runtime.own_house import House
from tests.browser.conftest import shoot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

_PHONE = {"width": 390, "height": 844}
_DESK = {"width": 1366, "height": 768}
_WAIT = 15_000
_COMPLAINT = "我肚子疼两天了，还有点拉肚子"
_EMERGENCY = "我爸突然胸口压得喘不上气一身冷汗"


@pytest.fixture
def phone(browser: Any, house: House) -> Iterator[Any]:
    """The chat page of a new visitor."""
    context = browser.new_context(viewport=_PHONE, locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(_WAIT)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(f"{house.base}/chat")
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def desk(browser: Any, house: House) -> Iterator[Any]:
    """The console of a signed-in nurse."""
    context = browser.new_context(viewport=_DESK, locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(_WAIT)
    page = context.new_page()
    page.goto(f"{house.base}/console")
    page.get_by_label("用户名").fill("nurse")
    page.get_by_label("密码").fill(house.accounts["nurse"])
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(re.compile(r"/console/tasks"))
    yield page
    context.close()


def say(page: Any, text: str) -> str:
    """Type a message; gives what was answered to it."""
    before = page.locator(".row:not(.mine)").count()
    page.get_by_placeholder("说说哪里不舒服").fill(text)
    page.get_by_role("button", name="发送").click()
    return _answered(page, before)


def tap(page: Any, name: str | re.Pattern[str]) -> str:
    before = page.locator(".row:not(.mine)").count()
    page.locator(".quick button").filter(has_text=name).first.click()
    return _answered(page, before)


def _answered(page: Any, before: int) -> str:
    page.wait_for_function(
        "n => document.querySelectorAll('.row:not(.mine)').length > n && !document.querySelector('.dots')",
        arg=before,
    )
    return "\n".join(page.locator(".row:not(.mine)").all_inner_texts()[before:])


def to_the_slots(page: Any) -> str:
    said = say(page, _COMPLAINT)
    for _ in range(5):
        if "有号" in said:
            return said
        options = page.locator(".quick button").all_inner_texts()
        usual = {"没有", "以上都没有", "我自己", "女", "女，没怀孕", "自己"}
        wanted = next((one for one in options if one in usual), None)
        said = tap(page, re.compile(f"^{wanted}$")) if wanted else say(page, "没有，我35岁，女，没怀孕")
    assert "有号" in said, said
    return said


def test_a_patient_is_triaged_and_booked(phone: Any) -> None:
    shoot(phone, "1-welcome")
    assert "伴诊" in phone.locator(".row").first.inner_text()
    to_the_slots(phone)
    shoot(phone, "2-slots")
    said = tap(phone, re.compile("月.*日"))
    assert "姓名" in said
    said = say(phone, "我叫方晓禾")
    assert "身份证" in said
    assert "校验" in say(phone, "999999199003070011")
    said = say(phone, "99999919900307002" + _check_digit("99999919900307002"))
    assert "手机" in said
    said = say(phone, "13800001234")
    assert "确认" in said
    tap(phone, "确认预约")
    card = phone.locator(".card").last.inner_text()
    assert "预约成功" in card and "身份证" in card
    shoot(phone, "3-card")
    for _ in range(10):
        if "主诉" in phone.locator(".row").last.inner_text():
            break
        say(phone, "没有")
    assert "主诉" in phone.locator(".log").inner_text()
    shoot(phone, "4-history")


def test_a_question_in_between_is_answered_and_the_talk_goes_on(phone: Any) -> None:
    asked = say(phone, _COMPLAINT).split("\n")[-1]
    said = say(phone, "异地住院能报多少")
    assert "依据" in said
    assert asked in said
    shoot(phone, "5-insurance")


def test_every_reply_keeps_its_buttons_until_something_is_said(phone: Any) -> None:
    to_the_slots(phone)
    say(phone, "哪个医生好")
    rows = phone.locator(".row.bot:has(.quick)")
    assert rows.count() >= 2, "the answer and the question that goes on"
    assert rows.first.locator(".quick button").first.inner_text().startswith("约")
    offered = phone.locator(".quick button").all_inner_texts()
    phone.reload()
    phone.locator(".row.mine").first.wait_for()
    assert phone.locator(".quick button").all_inner_texts() == offered
    shoot(phone, "7-buttons")
    say(phone, "换个时间")
    assert phone.locator(".row.mine").last.evaluate(
        "row => [...document.querySelectorAll('.quick')].every(q => row.compareDocumentPosition(q) & 4)"
    )


def test_an_emergency_is_told_at_once_with_numbers_to_call(phone: Any) -> None:
    to_the_slots(phone)
    said = say(phone, _EMERGENCY)
    assert "120" in said
    card = phone.locator(".card.emergency").last
    assert card.locator("a[href='tel:120']").count() == 1
    assert card.locator("a[href^='tel:0']").count() >= 1
    shoot(phone, "6-emergency")


def test_a_reload_shows_the_same_talk_and_goes_on(phone: Any) -> None:
    asked = say(phone, _COMPLAINT)
    phone.reload()
    phone.locator(".row.mine").first.wait_for()
    assert asked.split("\n")[-1] in phone.locator(".log").inner_text()
    assert say(phone, "没有")


def test_a_discharged_patient_is_followed_up_and_a_nurse_closes_the_escalation(
    phone: Any, desk: Any, house: House, tmp_path: Path
) -> None:
    _import_list(house, tmp_path)
    phone.goto(f"{house.base}/demo")
    phone.get_by_role("button", name="林秋月").click()
    _move_clock_to_contact_hours(house)
    phone.wait_for_function("document.querySelectorAll('.row.bot').length > 0", timeout=60_000)
    shoot(phone, "7-followup")
    said = say(phone, "伤口红肿还流黄水，昨晚烧到38度9")
    assert "护士" in said or "急诊" in said
    shoot(phone, "8-worrying")

    # The escalation appears without reloading.
    row = desk.locator("tbody tr").filter(has_text="林*月")
    row.wait_for(timeout=20_000)
    shoot(desk, "9-queue")
    row.locator(".reason a").click()
    desk.get_by_role("button", name="认领任务").click()
    desk.get_by_role("button", name="关闭任务").wait_for()
    assert "流黄水" in desk.locator("body").inner_text()
    shoot(desk, "10-task")
    desk.get_by_role("button", name=re.compile("接管")).click()
    box = desk.get_by_label(re.compile("写给患者|回复患者|给患者"))
    box.fill("您好，我是随访护士，请您今天下午来门诊看一下伤口。")
    desk.get_by_role("button", name=re.compile("发送")).click()
    phone.get_by_text("请您今天下午来门诊看一下伤口").wait_for(timeout=20_000)
    shoot(phone, "11-nurse")
    phone.get_by_placeholder("说说哪里不舒服").fill("好的，我下午过去")
    phone.get_by_role("button", name="发送").click()
    desk.get_by_text("好的，我下午过去").first.wait_for(timeout=20_000)

    desk.get_by_role("button", name=re.compile("交还")).click()
    # The page loads anew: what is filled in before that would be lost.
    desk.get_by_role("button", name=re.compile("接管")).wait_for()
    desk.get_by_label("处理结果").select_option(index=1)
    desk.get_by_role("textbox", name="记录").fill("已安排今日门诊复查伤口")
    desk.get_by_role("button", name="关闭任务").click()
    desk.wait_for_url(re.compile(r"/console/tasks(\?|$)"))
    desk.goto(f"{house.base}/console/tasks?show=closed")
    desk.locator("tbody tr").filter(has_text="林*月").locator(".reason a").click()
    desk.get_by_text("已安排今日门诊复查伤口").first.wait_for()
    shoot(desk, "12-closed")
    # The bot has the conversation back.
    assert say(phone, "停车场在哪")


def test_a_place_on_the_body_map_says_where_it_hurts(phone: Any) -> None:
    phone.get_by_role("button", name="点身体图说哪里不舒服").click()
    phone.get_by_role("button", name="女", exact=True).click()
    # The viewer's right is the left side of somebody who faces them.
    phone.locator(".figure.on [data-region=knee][data-side=左]").click()
    phone.get_by_role("button", name="左膝盖疼").click()
    phone.get_by_role("button", name="上下楼膝盖疼").click()
    shoot(phone, "14-body-map")
    before = phone.locator(".row:not(.mine)").count()
    phone.get_by_role("button", name="告诉伴诊").click()
    said = _answered(phone, before)
    assert phone.locator(".row.mine").last.inner_text().endswith("女，左膝盖疼，上下楼膝盖疼")
    for _ in range(5):
        if "骨科" in said:
            break
        said = say(phone, "我自己看，40岁" if "多大" in said else "以上都没有")
    assert "骨科" in said
    shoot(phone, "15-after-the-map")


def test_the_api_docs_show_without_the_internet(house: House, desk: Any) -> None:
    elsewhere: list[str] = []
    desk.on(
        "request", lambda r: elsewhere.append(r.url) if not r.url.startswith((house.base, "data:")) else None
    )
    desk.goto(f"{house.base}/docs")
    desk.get_by_text("/api/chat/messages").first.wait_for()
    shoot(desk, "13-docs")
    assert elsewhere == []


def test_who_knows_a_name_and_a_number_is_not_yet_that_person(house: House) -> None:
    number = "99999919850607004"
    told = f"我叫林小溪，身份证{number}{_check_digit(number)}，手机13800004321"
    assert "已登记好" in _write(house, "visitor-one", "实名绑定", told)
    asked = _write(house, "visitor-two", "实名绑定", told)
    assert "138****4321" in asked and "已登记好" not in asked
    assert "不对" in _write(house, "visitor-two", "000000")
    assert "还没有查到您的身份" in _write(house, "visitor-three", "我的预约")
    code = _sent_code(house)
    assert "已登记好" in _write(house, "visitor-two", code)


def _sent_code(house: House) -> str:
    """The code of the newest text message that the demonstration has sent."""
    for _ in range(50):
        codes = re.findall(r"验证码 (\d{6})", httpx.get(f"{house.base}/demo").text)
        if codes:
            return str(codes[0])
        time.sleep(0.2)
    raise AssertionError("no code was sent")


def _write(house: House, visitor: str, *texts: str) -> str:
    """Say something as a visitor, past the page; gives the last answer."""
    said = ""
    for text in texts:
        answer = httpx.post(
            f"{house.base}/api/chat/messages",
            json={"id": uuid.uuid4().hex, "text": text},
            headers={"X-Banzhen": "1"},
            cookies={"banzhen_visitor": visitor},
            timeout=20,
        )
        said = "\n".join(reply["text"] for reply in answer.raise_for_status().json()["replies"])
    return said


def test_two_more_addresses_answer(house: House) -> None:
    assert "/api/chat/messages" in httpx.get(f"{house.base}/openapi.json").json()["paths"]
    assert httpx.get(f"{house.base}/readyz").json() == {"database": True, "bot": True}
    assert "banzhen_inbound_messages" in httpx.get(f"{house.base}/metrics").text


def _import_list(house: House, folder: Path) -> None:
    """A hospital's own list in GBK, with a faulty row: reported, and the good ones enrolled."""
    file = folder / "名单.csv"
    file.write_bytes(
        (
            "住院号,姓名,性别,出生日期,手机号,科室,入院日期,出院日期,主要诊断,诊断编码,手术名称\n"
            "T001,石桥生,男,1970-01-01,13800000555,肝胆胰外科,2026-11-18,2026-11-21,胆囊结石,K80.2,腹腔镜胆囊切除术\n"
            "T002,石桥妹,女,1980-01-01,1380000o556,肝胆胰外科,2026-11-18,2026-11-21,胆囊结石,K80.2,腹腔镜胆囊切除术\n"
        ).encode("gbk")
    )
    done = subprocess.run(
        [sys.executable, "-m", "cli", "discharges", "import", str(file)],
        env={**house.environment, "BANZHEN_DEMO": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "手机" in done.stdout


def _move_clock_to_contact_hours(house: House) -> None:
    """Forward, a day at most at a time, until the first contacts are due within contact hours."""
    for _ in range(4):
        page = httpx.get(f"{house.base}/demo").text
        hour = int(re.search(r'class="clock">[^<]* (\d\d):', page)[1])  # type: ignore[index]
        hours = (24 - hour + 10) if not 9 <= hour < 11 else 24
        httpx.post(f"{house.base}/demo/clock", data={"hours": str(hours)})
        time.sleep(3)


def _check_digit(first: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True)) % 11]
