"""The commands of `./banzhen`. Each one only wires rooms together and prints."""

from __future__ import annotations

import logging
import re
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SQLAlchemyError
from typer._click import exceptions as click  # typer brings its own click

from core.errors import BanzhenError
from core.knowledge import KnowledgeError
from core.logs import configure
from core.settings import ROOT, Settings, load_cipher, load_settings
from runtime import lines

if TYPE_CHECKING:
    from actions.base import Rooms

app = typer.Typer(
    name="banzhen",
    help="伴诊：医院智能助手。常用命令：up（启动）、test（测试）、chat（在终端里对话）。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
discharges = typer.Typer(help="出院名单：导入", no_args_is_help=True)
register = typer.Typer(help="随访登记表：导出", no_args_is_help=True)
staff = typer.Typer(help="工作台账号：列出、新建、重置密码", no_args_is_help=True)
app.add_typer(staff, name="staff")
app.add_typer(discharges, name="discharges")
app.add_typer(register, name="register")

BatchFile = Annotated[Path | None, typer.Option("--batch", help="JSONL 文件，每行一条；- 表示标准输入")]


@app.command(help="启动全部：对话引擎、服务和定时任务；Ctrl-C 停止")
def up(
    port: Annotated[int | None, typer.Option(help="服务端口，默认 8000")] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="演示：示例医院、号源、出院患者和账号，并可拨快时钟")
    ] = False,
) -> None:
    from runtime.up import run_all

    run_all(_settings(port=port, demo=demo or None))


@app.command(help="只运行服务（网页、接口、动作）")
def serve(port: int | None = None, demo: Annotated[bool, typer.Option("--demo")] = False) -> None:
    from runtime.serve import run_service

    run_service(_settings(port=port, demo=demo or None))


@app.command(help="只运行定时任务（随访、发送、核对）")
def worker(demo: Annotated[bool, typer.Option("--demo")] = False) -> None:
    from runtime.worker import run_worker

    run_worker(_settings(demo=demo or None))


@app.command(help="只运行对话引擎（需要 BANZHEN_BOT_TOKEN 与服务一致）")
def bot() -> None:
    from runtime.up import run_bot

    run_bot(_settings())


@app.command(help="训练对话模型，学习分诊的句子")
def train(
    if_needed: Annotated[bool, typer.Option("--if-needed", help="已是最新则跳过")] = False,
    only_triage: Annotated[bool, typer.Option("--only-triage", help="只学习分诊，不训练对话引擎")] = False,
) -> None:
    from runtime import rasa
    from runtime.house import dictionary_words, traditional_characters
    from triage import learning

    if not (if_needed and learning.is_learned()):
        typer.echo("学习分诊的句子（约一分钟）…", err=True)
        learning.train()
    if only_triage:
        return
    settings = _settings()
    rasa.write_dictionary(dictionary_words(settings), traditional_characters())
    if if_needed and rasa.is_trained(settings):
        return
    typer.echo("训练对话模型（约一两分钟）…", err=True)
    rasa.train(settings)
    typer.echo(f"训练完成：{settings.model_file}", err=True)


@app.command(help="把数据库升级到当前版本")
def migrate() -> None:
    from core.migrate import upgrade

    settings = _settings()
    upgrade(settings.url)
    typer.echo("数据库已是最新版本。")


@app.command(help="写入演示数据（医院号源、出院患者、账号）")
def seed() -> None:
    from runtime.demo import seed_demo

    accounts = seed_demo(_rooms(_settings(demo=True)))
    for account in accounts or ["演示数据已经写入过，没有改动。"]:
        typer.echo(account)


@app.command(help="检查知识文件和配置，逐条报告问题")
def check() -> None:
    from runtime.house import load_knowledge
    from triage import checking, lexicon
    from triage.reading import Reader

    settings = _settings()
    load_cipher(settings)
    knowledge = load_knowledge(settings)
    words = lexicon.load()
    found = checking.review(knowledge.triage.knowledge, words, Reader(words))
    for warning in found.warnings:
        typer.echo(f"提醒：{warning}")
    if found.faults:
        raise KnowledgeError(found.faults)
    noted = f"；{len(found.warnings)}处提醒，供下次审核" if found.warnings else ""
    typer.echo(f"检查通过：{knowledge.summary()}{noted}")


@app.command(help="在终端里对话；--script 按脚本对话并逐轮输出 JSON")
def chat(
    script: Annotated[Path | None, typer.Option("--script", help="JSON/JSONL 文件；- 表示标准输入")] = None,
) -> None:
    from runtime.talk import talk_by_script, talk_in_terminal

    settings = _settings()
    if script is None:
        talk_in_terminal(settings)
    else:
        talk_by_script(settings, lines.lines(script), lines.print_row)


@app.command(help="分诊一句话，或一批")
def triage(
    text: Annotated[str | None, typer.Argument(help="哪里不舒服")] = None, batch: BatchFile = None
) -> None:
    import triage as room
    from core.clock import SystemClock
    from runtime.house import load_triage, triage_rules

    hospital, loaded = load_triage(_settings())
    rules = triage_rules(hospital)
    month = SystemClock().now().month
    _answer_rows(text, batch, lambda row: room.triage_row(loaded, row, rules, month=month))


@app.command("triage-train", help="用本院的就诊记录（主诉、科室）改进科室建议；记录不离开本机")
def triage_train(
    records: Annotated[
        Path | None, typer.Option("--records", help="CSV 或 JSONL：text, department[, age, sex]")
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="删去学到的模型，只用知识库")] = False,
) -> None:
    import hospital as hospital_room
    import triage as room
    from runtime import records as training
    from runtime.house import triage_rules

    settings = _settings()
    if forget == (records is not None):
        raise BanzhenError("usage", "请用 --records 指定记录文件，或用 --forget 删去模型，二者选一。")
    if records is None:
        gone = training.forget(settings)
        typer.echo("已删去本院分诊模型，重启服务后只用知识库。" if gone else "没有训练过本院分诊模型。")
        return
    house = hospital_room.load(settings.hospital)
    rows = training.read_records(lines.read_bytes(records), house)
    with lines.progress("分诊") as done:
        trained = training.train(room.load(), triage_rules(house), rows, done)
    for told in trained.lines():
        typer.echo(told)
    if not trained.model.weight:
        typer.echo("本院记录没有带来改进，模型没有保存。")
        return
    training.store(settings, trained.model)
    typer.echo(f"已保存：{settings.records_model}。重启服务后生效；用 --forget 可以删去。")


@app.command(help="列出医院可以选择的分诊规则和当前的选择")
def rules() -> None:
    from runtime.house import rules_in_words

    for line in rules_in_words(_settings()):
        typer.echo(line)


@app.command(help="识别意图（需要对话引擎）")
def nlu(text: Annotated[str | None, typer.Argument()] = None, batch: BatchFile = None) -> None:
    from runtime.nlu import parser

    with parser(_settings()) as parse:
        _answer_rows(text, batch, parse)


@app.command(help="回答医保和就诊问题，一句话或一批")
def faq(text: Annotated[str | None, typer.Argument()] = None, batch: BatchFile = None) -> None:
    import hospital as hospital_room
    import insurance as room

    insurance = room.load(hospital_room.load(_settings().hospital))
    _answer_rows(text, batch, lambda row: room.faq_row(insurance, row))


@app.command(help="评估随访回复，一批")
def assess(batch: Annotated[Path, typer.Option("--batch", help="JSONL 文件；- 表示标准输入")]) -> None:
    import triage as triage_room
    from followup import assess_row, load_followup

    knowledge, reader = load_followup(), triage_room.load()
    _answer_rows(None, batch, lambda row: assess_row(knowledge, row, triage=reader))


@staff.command("list", help="列出全部账号")
def staff_list() -> None:
    from runtime import staff as room

    for told in room.every(_settings()) or ["还没有账号。"]:
        typer.echo(told)


@staff.command("add", help="新建账号，打印一次性密码")
def staff_add(
    username: Annotated[str, typer.Argument(help="登录用的用户名")],
    name: Annotated[str, typer.Option(help="姓名，显示给同事；默认同用户名")] = "",
    role: Annotated[str, typer.Option(help="nurse 护士、head_nurse 护士长、admin 管理员")] = "nurse",
) -> None:
    from runtime import staff as room

    typer.echo(room.add(_settings(), username, name, role))


@staff.command("reset", help="忘记密码：重置为一次性密码，解除锁定，并退出其全部登录")
def staff_reset(username: str) -> None:
    from runtime import staff as room

    typer.echo(room.reset(_settings(), username))


@discharges.command("import", help="导入出院名单（CSV、XLSX 或 FHIR Bundle）")
def discharges_import(file: Path) -> None:
    data = lines.read_bytes(file)
    rooms = _rooms(_settings())
    with lines.progress("登记") as done:
        report = rooms.followup.import_list(rooms.database, data, done)
    for told in report.lines():
        typer.echo(told)
    if report.rejected:
        raise typer.Exit(2)


@register.command("export", help="导出某月的出院患者随访登记表和指标")
def register_export(
    month: Annotated[str, typer.Option(help="月份，如 2026-11")],
    out: Annotated[Path, typer.Option("-o", help="要写的 XLSX 文件")],
) -> None:
    rooms = _rooms(_settings())
    with rooms.database.reading() as session:
        data = rooms.followup.export_register(session, month)
    lines.write_bytes(out, data)
    typer.echo(f"已导出 {out}（{len(data)} 字节）。")


@app.command(
    help="测量：turns（一问一答的时延和吞吐）、nlu（没见过的句子听懂多少）、triage（分诊的一张总表）"
)
def bench(
    what: Annotated[str, typer.Argument(help="turns、nlu 或 triage")] = "turns",
    data: Annotated[Path | None, typer.Option(help="triage 用：评测集所在目录，不在项目里")] = None,
) -> None:
    from benchmarks import nlu, turns
    from benchmarks import triage as of_triage

    settings = _settings()
    benchmarks: dict[str, Callable[[], None]] = {
        "turns": lambda: turns.run(settings),
        "nlu": lambda: nlu.run(settings),
        "triage": lambda: of_triage.run(data),
    }
    if what not in benchmarks:
        raise BanzhenError("no_such_benchmark", f"没有名为 {what} 的测试，可用：{'、'.join(benchmarks)}。")
    benchmarks[what]()


@app.command(
    help="运行全部测试，参数原样交给 pytest",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def test(context: typer.Context) -> None:
    # What has a server, a browser or a race of its own runs alone; everything else on all processors at once.
    alone = "integration or concurrency or conversation or browser"
    runs = [["-n", "auto", "-m", f"not ({alone})"], ["-m", alone]]
    codes = [
        subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode
        for arguments in ([context.args] if context.args else runs)
    ]
    raise typer.Exit(max(codes))


def _settings(**overrides: Any) -> Settings:
    given = {name: value for name, value in overrides.items() if value is not None}
    settings = load_settings(**given)
    if settings.bot_token:
        return settings
    return load_settings(**given, bot_token=secrets.token_urlsafe(24))


def _rooms(settings: Settings) -> Rooms:
    """The rooms over a database that is up to date, and nothing that talks to patients."""
    from core.migrate import upgrade
    from runtime.demo import of_demonstration
    from runtime.house import open_house

    upgrade(settings.url)
    return open_house(settings.model_copy(update={"demo": of_demonstration(settings)}))


def _answer_rows(
    text: str | None, batch: Path | None, answer: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    if (text is None) == (batch is None):
        raise BanzhenError("usage", "请给一句话，或用 --batch 指定文件，二者选一。")
    if batch is None:
        lines.print_row(answer({"text": text}))
    else:
        lines.answer_rows(batch, answer)


def main() -> None:
    """Run a command; what went wrong is told in one line, without a stack trace."""
    configure(logging.WARNING)
    try:
        sys.exit(app(standalone_mode=False))
    except click.NoArgsIsHelpError as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        print(f"伴诊：{_usage(error)}。用 --help 查看用法。", file=sys.stderr)
        sys.exit(error.exit_code)
    except typer.Abort:
        sys.exit(130)
    except KnowledgeError as error:
        sys.exit("知识文件有误：\n" + "\n".join(str(fault) for fault in error.faults))
    except BanzhenError as error:
        sys.exit(f"伴诊：{error.message}")
    except BrokenPipeError:
        sys.stderr.close()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"伴诊：{error.filename or '文件'} 无法读写：{error.strerror}。请检查权限和磁盘空间后重试。")
    except SQLAlchemyError as error:
        # Its own text may quote what was to be stored.
        sys.exit(f"伴诊：数据库操作失败（{type(error).__name__}）。{_database_advice(error)}")


def _usage(error: click.ClickException) -> str:
    """What was wrong with the command line; click says it in English only."""
    match error:
        case click.NoSuchOption():
            return f"没有 {error.option_name} 这个选项"
        case click.MissingParameter():
            return f"缺少 {_named(error)}"
        case click.BadParameter():
            return f"{_named(error)} 的值不对"
        case click.BadOptionUsage():
            return f"{error.option_name} 后面要写一个值"
    unknown = re.match(r"No such command '(.*)'", error.message)
    if unknown:
        return f"没有 {unknown[1]} 这个命令"
    return "命令的写法不对"


def _named(error: click.BadParameter) -> str:
    """The option or argument that is meant, as it is written."""
    return error.param.get_error_hint() if error.param else "参数"


def _database_advice(error: SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None) or error
    if isinstance(error, ArgumentError | NoSuchModuleError):
        return "请检查配置项 database_url（BANZHEN_DATABASE_URL）的写法。"
    if isinstance(error, OperationalError):
        return f"原因：{str(cause).splitlines()[0]}。请检查数据库地址、权限和磁盘空间。"
    return "请先运行 ./banzhen migrate；仍不行时把数据库日志交给技术支持。"


if __name__ == "__main__":
    main()
