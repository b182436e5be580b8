"""What must never be in the repository, and what must agree in it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_TEXT = {".py", ".yml", ".toml", ".md", ".txt", ".json", ".html", ".css", ".js", ".in", ".sh", ""}


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_requirements_are_pinned_with_hashes_and_name_no_registry() -> None:
    for file in (*ROOT.glob("requirements/*.txt"), ROOT / "bot" / "requirements.txt"):
        text = file.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"index-url|find-links|https?://", text), file
        for line in re.findall(r"^[a-zA-Z0-9].*$", text, re.MULTILINE):
            assert "==" in line, f"{file}: {line}"


def test_the_lock_file_of_the_pages_has_integrity_and_no_addresses() -> None:
    lock = json.loads((ROOT / "assets" / "package-lock.json").read_text(encoding="utf-8"))
    for name, entry in lock["packages"].items():
        assert "resolved" not in entry
        assert not name or entry["integrity"].startswith("sha512-")


def test_no_file_is_large_and_no_library_is_committed() -> None:
    for file in _tracked():
        assert not file.exists() or file.stat().st_size < 1_000_000, file
        assert "node_modules" not in file.parts


def test_no_real_looking_id_number_is_committed() -> None:
    # An 18-digit number with a valid check digit and an area code that exists would be somebody's.
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    for file in _tracked():
        if file.suffix not in _TEXT or not file.is_file():
            continue
        text = file.read_text(encoding="utf-8", errors="ignore")
        for number in re.findall(r"(?<!\w)[1-8]\d{16}[\dXx](?!\w)", text):
            total = sum(int(digit) * weight for digit, weight in zip(number[:17], weights, strict=True))
            assert "10X98765432"[total % 11] != number[17].upper(), f"{file}: {number}"


def test_long_files_have_a_reason() -> None:
    """Code a reader cannot hold in mind is split; lists of data are not code."""
    for file in _tracked():
        if file.suffix == ".py" and file.is_file() and "migrations" not in file.parts:
            lines = len(file.read_text(encoding="utf-8").splitlines())
            assert lines <= 450, f"{file}: {lines} lines"
