"""The bot's classifier learns, keeps and explains itself: run with the bot's own Python, which has Rasa."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from core.settings import load_settings
from runtime.rasa import bot_python

ROOT = Path(__file__).resolve().parents[2]
PYTHON = bot_python(load_settings())

_SCRIPT = """
import sys
from pathlib import Path
import numpy as np
from bot.components.classifier import LinearModel
from bot.components.reading import Reader

starts = ("我要挂", "取消", "请问在几楼")
cut = lambda text: (text, list(text))
texts = [cut(f"{start}{what}") for what in ("骨科", "儿科", "眼科", "牙科") for start in starts]
intents = ["book", "cancel", "where"] * 4
words = {"骨科": "<d>", "儿科": "<d>", "眼科": "<d>", "皮肤科": "<d>"}
model = LinearModel.fitted(Reader(words, {"喺": "在"}), texts, intents, 2.0)
model.save(Path(sys.argv[1]))
kept = LinearModel.loaded(Path(sys.argv[1]))
unseen = {"我要挂皮肤科": "book", "取消皮肤科": "cancel", "皮肤科喺几楼": "where", "": None, "😀": None}
for text, intent in unseen.items():
    one, two = model.confidences(cut(text)), kept.confidences(cut(text))
    assert np.allclose(one, two, atol=1e-6), text
    assert abs(one.sum() - 1) < 1e-6 and (one >= 0).all(), text
    assert intent is None or kept.intents[int(one.argmax())] == intent, text
print("sound")
"""


@pytest.mark.skipif(not PYTHON.exists(), reason="the bot's environment is not installed")
def test_it_learns_kinds_keeps_its_model_and_its_confidences_add_up(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(PYTHON), "-W", "ignore", "-c", _SCRIPT, str(tmp_path)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stdout.strip().endswith("sound"), done.stderr[-2000:]
