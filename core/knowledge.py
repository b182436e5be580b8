"""Strict loading of YAML knowledge: every fault is reported with file, line and cause.

Knowledge is data that clinicians review, so nothing is guessed: duplicate keys, unknown keys and missing
sources are faults. A room describes its entries as subclasses of `Entry` and calls `load_entries` or
`load_document`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.wording import in_chinese

#: The line that names an entry, in block or in flow style.
_ENTRY = re.compile(r"\s*(?:- )?\s*\{?(id|term): ([^,}\s]+)")


class Strict(BaseModel):
    """Base of every knowledge model: immutable, and unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Review(Strict):
    """Who has looked at an entry. `draft` means: written with care, not yet signed by a clinician."""

    status: Literal["draft", "signed"] = "draft"
    by: str | None = None
    on: date | None = None


class Entry(Strict):
    """A piece of knowledge with its origin."""

    #: Guideline, consensus, regulation or textbook that the entry rests on. Never empty.
    source: str = Field(min_length=2)
    review: Review = Review()


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in a knowledge file. `line` counts from 1."""

    file: Path
    line: int
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.where}: {self.message}"


class Places:
    """Where entries stand in the files of a room, for faults that show only once all files were read."""

    def __init__(self, root: Path, parts: Sequence[str] = ("",)) -> None:
        """`parts`: the files and folders below `root` that hold the entries; ids are unique among these."""
        self._root = root
        self._parts = parts

    def fault(self, name: str, message: str, *, key: Literal["id", "term"] = "id") -> Fault:
        """A fault of the entry with this id (or term); at the folder itself if no entry has it."""
        file, line = self._at.get((key, name), (self._root, 1))
        return Fault(file, line, name, message)

    @cached_property
    def _at(self) -> dict[tuple[str, str], tuple[Path, int]]:
        found: dict[tuple[str, str], tuple[Path, int]] = {}
        for path in (self._root / part for part in self._parts):
            for file in [path] if path.is_file() else sorted(path.rglob("*.yml")):
                for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
                    entry = _ENTRY.match(line)
                    if entry is not None:
                        found.setdefault((entry[1], entry[2]), (file, number))
        return found


class KnowledgeError(Exception):
    """Knowledge that cannot be trusted. `faults` names every mistake found, not only the first."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


S = TypeVar("S", bound=Strict)

_Path = tuple[str | int, ...]


def load_entries(path: Path, model: type[S]) -> list[S]:
    """Read a YAML list, or every `*.yml` list below a folder in name order, as models.

    Raises KnowledgeError with all faults. If the model has a field `id`, ids are unique over all files.
    """
    faults: list[Fault] = []
    entries: list[S] = []
    seen: dict[str, str] = {}
    for file in sorted(path.rglob("*.yml")) if path.is_dir() else [path]:
        raw, lines, found = _parse(file)
        faults += found
        if found:
            continue
        if not isinstance(raw, list):
            faults.append(Fault(file, 1, "file", "expected a list of entries"))
            continue
        for index, item in enumerate(raw):
            entry, found = _build(file, item, lines, (index,), model)
            faults += found
            if entry is None:
                continue
            entries.append(entry)
            key = getattr(entry, "id", None)
            if key is not None and key in seen:
                line = lines.get((index,), 1)
                faults.append(Fault(file, line, str(key), f"this id is already used in {seen[key]}"))
            elif key is not None:
                seen[key] = f"{file.name}:{lines.get((index,), 1)}"
    if faults:
        raise KnowledgeError(faults)
    return entries


def load_document(path: Path, model: type[S]) -> S:
    """Read one YAML mapping as a model. Raises KnowledgeError with all faults."""
    raw, lines, faults = _parse(path)
    document = None
    if not faults:
        document, faults = _build(path, raw, lines, (), model)
    if faults or document is None:
        raise KnowledgeError(faults)
    return document


def _parse(file: Path) -> tuple[Any, dict[_Path, int], list[Fault]]:
    try:
        loader = yaml.CSafeLoader(file.read_text(encoding="utf-8"))
        node = loader.get_single_node()
    except FileNotFoundError:
        return None, {}, [Fault(file, 1, "file", "找不到这个文件")]
    except UnicodeDecodeError as error:
        return None, {}, [Fault(file, 1, "file", f"not UTF-8: {error.reason}")]
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return None, {}, [Fault(file, line, "yaml", str(error.problem))]
    if node is None:
        return None, {}, [Fault(file, 1, "file", "文件是空的")]
    lines: dict[_Path, int] = {}
    faults = list(_walk(file, node, (), lines))
    return (None if faults else loader.construct_document(node)), lines, faults


def _walk(file: Path, node: yaml.Node, at: _Path, lines: dict[_Path, int]) -> Iterator[Fault]:
    lines[at] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            yield from _walk(file, child, (*at, index), lines)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, child in node.value:
            if key.value in seen:
                yield Fault(file, key.start_mark.line + 1, _name(at, key.value), "这一项出现了两次")
            seen.add(key.value)
            yield from _walk(file, child, (*at, key.value), lines)


def _build(
    file: Path, raw: Any, lines: dict[_Path, int], at: _Path, model: type[S]
) -> tuple[S | None, list[Fault]]:
    try:
        return model.model_validate(raw), []
    except ValidationError as error:
        name = raw.get("id") if isinstance(raw, dict) else None
        return None, [
            Fault(
                file,
                _line(lines, (*at, *problem["loc"])),
                _name((str(name),) if name else at, *problem["loc"]),
                in_chinese(problem),
            )
            for problem in error.errors()
        ]


def _line(lines: dict[_Path, int], at: _Path) -> int:
    while at and at not in lines:
        at = at[:-1]
    return lines.get(at, 1)


def _name(at: _Path, *more: str | int) -> str:
    return ".".join(str(part) for part in (*at, *more)) or "file"
