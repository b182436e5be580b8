"""How Rasa is started and trained: the one place that knows its command line."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from core.errors import BanzhenError
from core.settings import ROOT, Settings
from runtime.processes import Program

#: In a folder of its own: jieba loads every file of it.
DICTIONARY = ROOT / "bot" / "dictionary" / "jieba" / "banzhen.txt"
CHARACTERS = ROOT / "bot" / "dictionary" / "characters.txt"
#: Quiet: every rendered log event costs a turn about a millisecond, and debug logs hold patients' words.
_QUIET = {
    "LOG_LEVEL": "ERROR",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "RASA_TELEMETRY_ENABLED": "false",
    "SANIC_WORKERS": "1",
}


def bot_python(settings: Settings) -> Path:
    return settings.home / "bot" / "bin" / "python"


def bot_program(settings: Settings, *, port: int, action_url: str, token: str, log: Path) -> Program:
    """Rasa on the loopback address, with its REST channel and tracker API.

    `token`: what it asks of callers and shows to the action endpoint; given in the environment only.
    """
    command = [
        str(bot_python(settings)), "-m", "bot.start", "run", "--quiet",
        "--model", str(settings.model_file),
        "--endpoints", str(ROOT / "bot" / "endpoints.yml"),
        "--credentials", str(ROOT / "bot" / "credentials.yml"),
        "--interface", "127.0.0.1", "--port", str(port), "--enable-api",
    ]  # fmt: skip
    own = {"BANZHEN_ACTION_URL": action_url, "BANZHEN_BOT_TOKEN": token}
    return Program("bot", command, {**_environment(), **own}, log)


def write_dictionary(words: Iterable[str], characters: Mapping[str, str]) -> None:
    """What the bot knows of the rooms: lines `word … kind` and lines `traditional simplified`."""
    DICTIONARY.parent.mkdir(parents=True, exist_ok=True)
    lines = sorted({word.strip() for word in words if word.strip()})
    DICTIONARY.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    pairs = (f"{old} {new}\n" for old, new in sorted(characters.items()))
    CHARACTERS.write_text("".join(pairs), encoding="utf-8")


def fingerprint() -> str:
    """Changes whenever something changes that the model is made of."""
    digest = hashlib.sha256()
    sources = [ROOT / "config.yml", ROOT / "bot" / "requirements.txt", DICTIONARY, CHARACTERS]
    for folder, pattern in (
        ("bot/domain", "*.yml"),
        ("bot/components", "*.py"),
        ("bot/words", "*.txt"),
        ("nlu_data", "*.yml"),
    ):
        sources += sorted((ROOT / folder).rglob(pattern))
    for file in sources:
        digest.update(str(file.relative_to(ROOT)).encode("utf-8") + b"\0")
        digest.update(file.read_bytes() if file.exists() else b"")
    return digest.hexdigest()


def is_trained(settings: Settings) -> bool:
    stamp = settings.model_file.with_suffix(".stamp")
    return (
        settings.model_file.exists() and stamp.exists() and stamp.read_text(encoding="ascii") == fingerprint()
    )


def train(settings: Settings) -> None:
    """Train and store the model. Raises BanzhenError with the end of Rasa's own words if that fails."""
    folder = settings.model_file.parent
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "train.log"
    command = [
        str(bot_python(settings)), "-m", "rasa", "train", "--quiet",
        "--config", str(ROOT / "config.yml"), "--domain", str(ROOT / "bot" / "domain"),
        "--data", str(ROOT / "nlu_data"), "--out", str(folder), "--fixed-model-name", "next",
    ]  # fmt: skip
    before = fingerprint()
    with log.open("wb") as out:
        done = subprocess.run(
            command, env={**os.environ, **_environment()}, cwd=ROOT, stdout=out, stderr=out, check=False
        )
    fresh = folder / "next.tar.gz"
    if done.returncode or not fresh.exists():
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        raise BanzhenError("training_failed", f"对话模型训练失败，完整记录见 {log}：\n{tail}")
    fresh.replace(settings.model_file)
    settings.model_file.with_suffix(".stamp").write_text(before, encoding="ascii")


def _environment() -> dict[str, str]:
    # PYTHONPATH: our classifier is bot.components.classifier. PYTHONHASHSEED: same data, same model.
    return {**_QUIET, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
