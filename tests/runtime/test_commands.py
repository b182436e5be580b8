"""The commands' contracts, in process and without the bot: what programs and people get from them."""

from __future__ import annotations

import functools
import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select
from typer.testing import CliRunner

import cli
import insurance
import triage
from console import accounts
from core.audit import AuditEvent
from core.clock import SHANGHAI
from core.database import Database
from core.demo_clock import DemoClock
from core.errors import BanzhenError
from core.settings import ROOT, load_settings
from runtime import staff

_RUNNER = CliRunner()
_LEVELS = {"I", "II", "III", "IV"}
_ACTIONS = {"call_120", "emergency", "urgent_clinic", "clinic", "self_care"}
_HEADER = "住院号,姓名,性别,出生日期,手机号,科室,入院日期,出院日期,主要诊断,诊断编码,手术名称"


@pytest.fixture(autouse=True)
def own_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database, keys and settings of the test's own."""
    monkeypatch.setenv("BANZHEN_DATABASE_URL", f"sqlite:///{tmp_path / 'test.db'}")
    monkeypatch.setenv("BANZHEN_KEYS_FILE", str(tmp_path / "keys.json"))
    monkeypatch.setenv("BANZHEN_SETTINGS", str(tmp_path / "settings.toml"))
    monkeypatch.delenv("BANZHEN_DEMO", raising=False)


def _once(load: Callable[[Any], Any]) -> Callable[[Any], Any]:
    loaded: list[Any] = []

    def again(argument: Any) -> Any:
        if not loaded:
            loaded.append(load(argument))
        return loaded[0]

    return again


@pytest.fixture(autouse=True, scope="module")
def loaded_once() -> Iterator[None]:
    """Knowledge takes seconds to load; the commands of this file share one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(triage, "load", functools.cache(triage.load))
        patch.setattr(insurance, "load", _once(insurance.load))
        yield


def run(*words: str, given: str | None = None) -> Any:
    return _RUNNER.invoke(cli.app, list(words), input=given, catch_exceptions=True)


def said(*words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """The one line that a failing command ends with, as `./banzhen` prints it."""
    monkeypatch.setattr("sys.argv", ["banzhen", *words])
    monkeypatch.setattr(cli, "configure", lambda level: None)  # or logs would go to this test's own stream
    monkeypatch.setattr(cli, "configure", lambda _level: None)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert isinstance(ended.value.code, str), ended.value.code
    assert "Traceback" not in ended.value.code
    return ended.value.code


def rows(result: Any) -> list[dict[str, Any]]:
    assert result.exit_code == 0, (result.output, result.exception)
    return [json.loads(line) for line in result.stdout.splitlines()]


def batch(tmp_path: Path, *lines: str | dict[str, Any]) -> str:
    file = tmp_path / "rows.jsonl"
    file.write_text(
        "\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines),
        encoding="utf-8",
    )
    return str(file)


def test_triage_answers_one_sentence_by_its_contract() -> None:
    (row,) = rows(run("triage", "肚子疼两天了"))
    assert row["level"] in _LEVELS
    assert row["action"] in _ACTIONS
    assert {"name", "score", "why"} <= row["departments"][0].keys()
    finding = row["findings"][0]
    assert {"term", "status", "subject", "time", "duration", "span"} <= finding.keys()
    assert (finding["term"], finding["status"], finding["time"]) == ("腹痛", "present", "now")
    assert row["red_flags"] == []


def test_an_emergency_in_a_batch_says_call_120(tmp_path: Path) -> None:
    file = batch(tmp_path, {"id": "a", "text": "胸口压得喘不上气，一身冷汗", "age": 62, "sex": "男"})
    (row,) = rows(run("triage", "--batch", file))
    assert (row["id"], row["level"], row["action"]) == ("a", "I", "call_120")
    assert row["red_flags"]


@pytest.mark.parametrize("command", ["triage", "faq", "assess"])
def test_a_bad_line_is_answered_in_its_place_and_the_others_go_on(tmp_path: Path, command: str) -> None:
    word = "reply" if command == "assess" else "text"
    more = {"pathway": "通用", "day": 3, "question": "伤口怎么样？"} if command == "assess" else {}
    file = batch(
        tmp_path,
        {"id": 1, word: "肚子疼", **more},
        "not json",
        "",
        "[1]",
        "null",
        "9" * 5000,
        {"id": 2, **more},
        {"id": 3, word: 5, **more},
        {"id": 4, word: None, **more},
        {"id": 5, word: "肚子疼", "error": "the caller's own column", **more},
        {"id": 6, word: "a\u2028b", **more},
        '{"id": 7, "' + word + '": "\\ud800"}',
        {"id": 8, word: "", **more},
        {"id": 9, word: "疼" * 20_000, **more},
    )
    found = rows(run(command, "--batch", file))
    assert [row["id"] for row in found] == [1, None, None, None, None, 2, 3, 4, 5, 6, 7, 8, 9]
    # Half a character (7) may be refused or read as unknown.
    bad = [row["id"] for row in found if "error" in row and row["id"] != 7]
    assert bad == [None, None, None, None, 2, 3, 4]


def test_rows_can_come_over_standard_input() -> None:
    (row,) = rows(run("triage", "--batch", "-", given='{"id": 1, "text": "头晕"}\n'))
    assert row["id"] == 1


def test_faq_answers_with_its_source_and_hands_over_what_it_does_not_know() -> None:
    (known,) = rows(run("faq", "异地住院能报多少"))
    assert known["answered"]
    assert known["source"]
    date.fromisoformat(known["as_of"])
    (unknown,) = rows(run("faq", "今天股票会涨吗"))
    assert not unknown["answered"]
    assert known.keys() == unknown.keys()
    assert known.keys() == {"id", "topic", "confidence", "answer", "source", "as_of", "answered"}


def test_assess_judges_by_pathway_and_takes_a_chinese_name(tmp_path: Path) -> None:
    file = batch(
        tmp_path,
        {"id": 1, "pathway": "通用", "day": 3, "question": "伤口怎么样？", "reply": "流黄水，昨晚烧到39度"},
        {"id": 2, "pathway": "通用", "day": 3, "question": "有没有发烧？", "reply": "没有"},
        {"id": 3, "pathway": "通用", "day": 3, "question": "有没有发烧？", "reply": "别再给我发了"},
    )
    worse, fine, out = rows(run("assess", "--batch", file))
    assert worse["severity"] in {"RED", "AMBER"}
    assert worse["why"]
    assert fine["severity"] == "GREEN"
    assert out["other"] == "opt_out"
    assert worse.keys() == {"id", "severity", "findings", "why", "other"}


def test_a_sentence_or_a_file_not_both_and_not_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in (("triage",), ("faq", "医保", "--batch", batch(tmp_path, {"text": "a"}))):
        assert "二者选一" in said(*words, capsys=capsys, monkeypatch=monkeypatch)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("triage", "--batch", "nowhere.jsonl"), "找不到文件"),
        (("triage", "--batch", "."), "找不到文件"),
        (("discharges", "import", "nowhere.csv"), "找不到文件"),
        (("register", "export", "--month", "2026-13", "-o", "x.xlsx"), "月份"),
        (("register", "export", "--month", "2026-11", "-o", "no/such/folder/x.xlsx"), "写不了文件"),
        (("bench", "nothing"), "没有名为 nothing"),
    ],
)
def test_a_wrong_argument_gets_one_line(
    words: tuple[str, ...],
    expected: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    line = said(*words, capsys=capsys, monkeypatch=monkeypatch)
    assert expected in line
    assert "\n" not in line


def test_a_file_that_is_not_utf8_gets_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "gbk.jsonl"
    file.write_bytes('{"text": "肚子疼"}'.encode("gbk"))
    assert "UTF-8" in said("triage", "--batch", str(file), capsys=capsys, monkeypatch=monkeypatch)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("BANZHEN_PORT", "99999", "port"),
        ("BANZHEN_DATABASE_URL", "no such thing://x", "database_url"),
        ("BANZHEN_DATABASE_URL", "oracle9://x", "database_url"),
    ],
)
def test_a_wrong_setting_is_named(
    name: str, value: str, expected: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    assert expected in said("migrate", capsys=capsys, monkeypatch=monkeypatch)


def test_a_broken_settings_file_is_named_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.toml").write_text("port = 8000\nhost = = 1\n", encoding="utf-8")
    line = said("check", capsys=capsys, monkeypatch=monkeypatch)
    assert "settings.toml" in line
    assert "line" in line
    (tmp_path / "settings.toml").write_text("prot = 8000\n", encoding="utf-8")
    assert "prot" in said("check", capsys=capsys, monkeypatch=monkeypatch)


def test_check_counts_what_is_known_and_names_file_and_line_of_a_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = run("check")
    assert checked.exit_code == 0
    assert "急症标准" in checked.stdout
    folder = tmp_path / "our-hospital"
    shutil.copytree(ROOT / "hospital" / "example", folder)
    broken = next(file for file in sorted(folder.rglob("*.yml")) if "departments" in file.name)
    broken.write_text(broken.read_text(encoding="utf-8") + "\n  - : [\n", encoding="utf-8")
    monkeypatch.setenv("BANZHEN_HOSPITAL", str(folder))
    told = said("check", capsys=capsys, monkeypatch=monkeypatch)
    assert f"{broken.name}:" in told
    assert int(told.split(f"{broken.name}:")[1].split()[0].rstrip(":")) > 1


def test_a_damaged_key_file_is_never_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keys.json").write_text('{"current": "k1", "keys": {"k1": "xx"}}', encoding="utf-8")
    assert "keys.json" in said("seed", capsys=capsys, monkeypatch=monkeypatch)
    assert "xx" in (tmp_path / "keys.json").read_text(encoding="utf-8")


def _list(*lines: str) -> bytes:
    return "\n".join([_HEADER, *lines]).encode("gbk")


def _stay(serial: int, left: date, phone: str = "") -> str:
    phone = phone or f"138{serial:08d}"
    return (
        f"Z{serial},方小满,女,1980-01-01,{phone},肝胆胰外科,{left - timedelta(days=2)},{left},"
        "胆囊结石,K80.2,腹腔镜胆囊切除术"
    )


def test_discharges_are_enrolled_once_and_every_faulty_row_says_why(tmp_path: Path) -> None:
    assert run("migrate").exit_code == 0
    file = tmp_path / "名单.csv"
    yesterday = date.today() - timedelta(days=1)  # noqa: DTZ011 - the command goes by the machine's clock
    file.write_bytes(_list(_stay(1, yesterday), _stay(2, yesterday, "1380000o002"), _stay(1, yesterday)))
    first = run("discharges", "import", str(file))
    assert first.exit_code == 2
    assert "已登记 1 条，重复 1 条，未通过 1 条" in first.stdout
    assert "第 3 行：手机号里有字母" in first.stdout
    again = run("discharges", "import", str(file))
    assert "已登记 0 条，重复 2 条" in again.stdout


def test_discharges_go_by_the_clock_of_a_demonstration(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    assert run("migrate").exit_code == 0
    later = DemoClock(database).advance(timedelta(days=9)).date()
    database.close()
    file = tmp_path / "list.csv"
    file.write_bytes(_list(_stay(3, later - timedelta(days=1))))
    assert "已登记 1 条" in run("discharges", "import", str(file)).stdout


def test_the_register_opens_in_a_spreadsheet_with_the_months_patients(tmp_path: Path) -> None:
    file, out = tmp_path / "list.csv", tmp_path / "register.xlsx"
    yesterday = date.today() - timedelta(days=1)  # noqa: DTZ011 - the command goes by the machine's clock
    file.write_bytes(_list(_stay(1, yesterday), _stay(2, yesterday)))
    # A database that nobody has prepared yet is prepared.
    assert run("discharges", "import", str(file)).exit_code == 0
    assert run("register", "export", "--month", f"{yesterday:%Y-%m}", "-o", str(out)).exit_code == 0
    book = openpyxl.load_workbook(BytesIO(out.read_bytes()))
    cells = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    # Two stays with four contacts each.
    assert sum("方小满" in cell for cell in cells) == 8


def test_demo_data_is_written_once_and_passwords_are_shown_once() -> None:
    first = run("seed")
    assert first.exit_code == 0, first.exception
    assert first.stdout.count("密码") == 3
    assert "密码" not in run("seed").stdout


def test_every_command_explains_itself() -> None:
    listed = run("--help").stdout
    for command in ("up", "test", "chat", "triage", "nlu", "faq", "assess", "check", "bench", "migrate"):
        assert command in listed
        assert run(command, "--help").exit_code == 0
    for group in (("discharges", "import"), ("register", "export")):
        assert run(*group, "--help").exit_code == 0


def test_unknown_commands_and_options_are_refused_without_a_trace() -> None:
    for words in (("nonsense",), ("triage", "--nonsense"), ("register", "export")):
        result = run(*words)
        assert result.exit_code == 2
        assert not isinstance(result.exception, BanzhenError)


def _signs_in(told: str, tmp_path: Path) -> bool:
    username, password = re.findall(r"用户名 (\S+)  一次性密码 ([^\s（]+)", told)[0]
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    signed_in = accounts.sign_in(
        database, username=username, password=password, at=datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
    )
    database.close()
    return isinstance(signed_in, accounts.SignedIn) and signed_in.staff.must_change_password


def test_a_house_without_accounts_gets_its_first_administrator_once(tmp_path: Path) -> None:
    settings = load_settings()
    (unseen,) = staff.first_administrator(settings, seen=False)
    assert "./banzhen staff add admin --role admin" in unseen, "no password into a log"
    (told,) = staff.first_administrator(settings, seen=True)
    assert _signs_in(told, tmp_path)
    assert staff.first_administrator(settings, seen=True) == []
    assert run("staff", "list").stdout == "admin\t管理员\t管理员\n"


def test_accounts_are_made_and_lost_passwords_reset_from_the_command_line_and_audited(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = run("staff", "add", "li", "--name", "李敏", "--role", "head_nurse")
    assert _signs_in(made.stdout, tmp_path)
    again = run("staff", "reset", "LI")
    assert _signs_in(again.stdout, tmp_path)
    assert made.stdout != again.stdout
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    with database.reading() as session:
        trail = session.execute(select(AuditEvent.action, AuditEvent.actor)).all()
    database.close()
    by_hand = {action for action, actor in trail if actor.startswith("command:")}
    assert by_hand == {"accounts.create", "accounts.reset_password"}
    wrong = functools.partial(said, capsys=capsys, monkeypatch=monkeypatch)
    assert "没有名为 nobody 的账号" in wrong("staff", "reset", "nobody")
    assert "用户名已被使用" in wrong("staff", "add", "li")
    assert "角色不正确" in wrong("staff", "add", "zhao", "--role", "king")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["foo"], "没有 foo 这个命令"),
        (["up", "--port", "80a"], "'--port' 的值不对"),
        (["check", "--foo"], "没有 --foo 这个选项"),
        (["chat", "--script"], "--script 后面要写一个值"),
    ],
)
def test_a_wrong_command_line_is_told_in_one_chinese_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    monkeypatch.setattr("sys.argv", ["banzhen", *words])
    monkeypatch.setattr(cli, "configure", lambda level: None)  # or logs would go to this test's own stream
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
