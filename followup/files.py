"""Lists of discharges as hospitals export them: CSV in usual encodings, XLSX, FHIR R4 → plain rows."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from core.errors import BanzhenError

#: Larger files are refused, bytes.
MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 50_000
#: Column → the headers that hospitals use for it; compared without blanks, brackets and case.
HEADERS: Mapping[str, tuple[str, ...]] = {
    "name": ("姓名", "患者姓名", "病人姓名", "患者", "name"),
    "sex": ("性别", "患者性别", "sex", "gender"),
    "birth_date": ("出生日期", "出生年月日", "出生年月", "生日", "birthdate", "birth_date"),
    "age": ("年龄", "患者年龄", "age"),
    "phone": (
        "手机号",
        "手机",
        "手机号码",
        "联系电话",
        "电话",
        "患者电话",
        "本人电话",
        "联系方式",
        "电话号码",
        "phone",
    ),
    "family_phone": (
        "家属电话",
        "联系人电话",
        "家属联系电话",
        "家属手机",
        "紧急联系人电话",
        "家属手机号",
        "family_phone",
    ),
    "id_number": ("身份证号", "身份证", "身份证号码", "证件号码", "证件号", "id_number"),
    "encounter": ("住院号", "住院流水号", "病案号", "就诊号", "住院编号", "流水号", "encounter"),
    "department": ("科室", "出院科室", "所在科室", "出院病区", "病区", "科别", "department"),
    "doctor": (
        "主管医生",
        "主管医师",
        "经治医生",
        "经治医师",
        "管床医生",
        "主治医生",
        "主治医师",
        "医生",
        "doctor",
    ),
    "admitted_on": ("入院日期", "入院时间", "admitted_on"),
    "discharged_on": ("出院日期", "出院时间", "discharged_on"),
    "diagnosis": ("主要诊断", "出院诊断", "主诊断", "诊断名称", "诊断", "出院主要诊断", "diagnosis"),
    "icd10": ("诊断编码", "主要诊断编码", "ICD10", "ICD-10", "ICD编码", "疾病编码", "icd10"),
    "operation": (
        "手术名称",
        "主要手术",
        "手术",
        "手术操作名称",
        "手术及操作名称",
        "主要手术名称",
        "operation",
    ),
    "icd9": ("手术编码", "手术操作编码", "ICD9", "ICD-9", "ICD-9-CM-3", "主要手术编码", "icd9"),
}
NEEDED = ("name", "discharged_on")
_TITLES = {column: headers[0] for column, headers in HEADERS.items()}
_BY_HEADER = {
    re.sub(r"[\s_\-*（）()：:]", "", header).lower(): column
    for column, headers in HEADERS.items()
    for header in headers
}


def title(column: str) -> str:
    """The Chinese header of a column."""
    return _TITLES.get(column, column)


class UnreadableFile(BanzhenError):
    """The file as a whole cannot be read; nothing of it was taken."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One line as it was written. `number` is its line in the file, counting from 1 with the header."""

    number: int
    cells: Mapping[str, str]


def read_rows(data: bytes) -> list[RawRow]:
    """All rows of a file, kind told by its content. Raises UnreadableFile with a Chinese message."""
    if not data.strip():
        raise UnreadableFile("empty_file", "文件是空的，请选择有内容的出院名单。")
    if len(data) > MOST_BYTES:
        raise UnreadableFile("file_too_large", "文件超过 20 MB，请拆成小一些的文件再导入。")
    if data[:2] == b"PK":
        return _xlsx(data)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise UnreadableFile("old_excel", "这是旧版 Excel（.xls），请另存为 .xlsx 或 CSV 再导入。")
    text = decode(data)
    if text.lstrip()[:1] == "{":
        return _fhir(text)
    return _csv(text)


def decode(data: bytes) -> str:
    """UTF-8 with or without a mark, UTF-16 with one, else GB18030 (which contains GBK and GB2312)."""
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    encodings = ["utf-16"] if marked else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise UnreadableFile("encoding", "读不出文件的文字编码，请另存为 UTF-8 或 GBK 编码的 CSV 再导入。")


def template() -> bytes:
    """An empty list with all columns and one invented row, UTF-8 with a mark so that Excel shows it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_TITLES[column] for column in HEADERS])
    example = {
        "name": "示例患者", "sex": "女", "birth_date": "1980-01-02", "phone": "13800000000",
        "encounter": "ZY0000001", "department": "肝胆外科", "doctor": "示例医生", "admitted_on": "2026-11-20",
        "discharged_on": "2026-11-22", "diagnosis": "胆囊结石", "icd10": "K80.2",
        "operation": "腹腔镜胆囊切除术", "icd9": "51.23",
    }  # fmt: skip
    writer.writerow([example.get(column, "") for column in HEADERS])
    return out.getvalue().encode("utf-8-sig")


def _columns(header: list[str]) -> dict[int, str]:
    columns: dict[int, str] = {}
    for index, cell in enumerate(header):
        column = _BY_HEADER.get(re.sub(r"[\s_\-*（）()：:]", "", cell).lower())
        if column and column not in columns.values():
            columns[index] = column
    missing = [_TITLES[column] for column in NEEDED if column not in columns.values()]
    if not {"phone", "family_phone"} & set(columns.values()):
        missing.append(_TITLES["phone"])
    if not {"diagnosis", "icd10", "operation"} & set(columns.values()):
        missing.append(_TITLES["diagnosis"])
    if missing:
        raise UnreadableFile("missing_columns", f"缺少这些列：{'、'.join(missing)}。请按模板补上表头再导入。")
    return columns


def _table(lines: Iterator[tuple[int, list[str]]]) -> list[RawRow]:
    header: dict[int, str] | None = None
    rows: list[RawRow] = []
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if header is None:
            # A title line above the header has one filled cell.
            if sum(bool(cell.strip()) for cell in cells) == 1 and number <= 3:
                continue
            header = _columns(cells)
            continue
        rows.append(
            RawRow(
                number,
                {name: cells[i].strip() for i, name in header.items() if i < len(cells) and cells[i].strip()},
            )
        )
        if len(rows) > MOST_ROWS:
            raise UnreadableFile("too_many_rows", f"一次最多导入 {MOST_ROWS} 行，请拆成几个文件。")
    if header is None:
        raise UnreadableFile("no_header", "没有找到表头，请按模板填写第一行。")
    return rows


def _csv(text: str) -> list[RawRow]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;，", key=first.count)
    if delimiter == "，":
        text, delimiter = text.replace("，", ","), ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return _table((reader.line_num, cells) for cells in reader)
    except csv.Error as error:
        raise UnreadableFile("csv", f"第 {reader.line_num} 行读不出来，请检查引号和分隔符。") from error


def _xlsx(data: bytes) -> list[RawRow]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise UnreadableFile("xlsx", "这个 Excel 文件打不开，可能已损坏，请重新导出。") from error
    try:
        sheet = book.worksheets[0]
        lines = (
            (n, [_cell(value) for value in row]) for n, row in enumerate(sheet.iter_rows(values_only=True), 1)
        )
        return _table(lines)
    finally:
        book.close()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _fhir(text: str) -> list[RawRow]:
    """A bundle of finished inpatient Encounters with their Patient, Conditions and Procedures."""
    try:
        bundle = json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableFile("json", f"JSON 第 {error.lineno} 行有错误，读不出来。") from error
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise UnreadableFile("not_a_bundle", "JSON 不是 FHIR Bundle，无法导入。")
    entries = bundle.get("entry")
    by_reference: dict[str, dict[str, Any]] = {}
    resources: list[dict[str, Any]] = []
    for entry in entries if isinstance(entries, list) else []:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict):
            resources.append(resource)
            by_reference[f"{resource.get('resourceType')}/{resource.get('id')}"] = resource
            if entry.get("fullUrl"):
                by_reference[str(entry["fullUrl"])] = resource
    encounters = [resource for resource in resources if resource.get("resourceType") == "Encounter"]
    if not encounters:
        raise UnreadableFile("no_encounters", "Bundle 里没有 Encounter（住院记录），无法导入。")
    return [
        RawRow(
            number, {key: value for key, value in _encounter(one, resources, by_reference).items() if value}
        )
        for number, one in enumerate(encounters, 1)
    ]


def _encounter(
    encounter: dict[str, Any], resources: list[dict[str, Any]], by_reference: dict[str, dict[str, Any]]
) -> dict[str, str]:
    patient = by_reference.get(_text(encounter, "subject", "reference"), {})
    period = encounter.get("period") or encounter.get("actualPeriod") or {}
    condition = _about("Condition", encounter, resources, by_reference)
    procedure = _about("Procedure", encounter, resources, by_reference)
    phones = [
        one.get("value", "")
        for one in _list(patient, "telecom")
        if one.get("system") in {"phone", "sms", None}
    ]
    contact = next(iter(_list(patient, "contact")), {})
    name: dict[str, Any] = next(iter(_list(patient, "name")), {})
    identifiers = _list(patient, "identifier")
    return {
        "name": str(
            name.get("text") or str(name.get("family", "")) + "".join(map(str, name.get("given", [])))
        ),
        "sex": {"male": "男", "female": "女"}.get(str(patient.get("gender")), ""),
        "birth_date": str(patient.get("birthDate") or ""),
        "phone": str(phones[0]) if phones else "",
        "family_phone": str(next((one.get("value", "") for one in _list(contact, "telecom")), "")),
        "id_number": next(
            (str(one.get("value")) for one in identifiers if len(str(one.get("value", ""))) in {15, 18}), ""
        ),
        "encounter": str(
            next((one.get("value") for one in _list(encounter, "identifier")), None)
            or encounter.get("id")
            or ""
        ),
        "department": _text(encounter, "serviceProvider", "display")
        or _concept(encounter.get("serviceType"))[0],
        "doctor": next((_text(one, "individual", "display") for one in _list(encounter, "participant")), ""),
        "admitted_on": str(period.get("start") or "")[:10],
        "discharged_on": str(period.get("end") or "")[:10],
        "diagnosis": _concept(condition.get("code"))[0],
        "icd10": _concept(condition.get("code"))[1],
        "operation": _concept(procedure.get("code"))[0],
        "icd9": _concept(procedure.get("code"))[1],
    }


def _about(
    kind: str,
    encounter: dict[str, Any],
    resources: list[dict[str, Any]],
    by_reference: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    for one in _list(encounter, "diagnosis"):
        found = by_reference.get(_text(one, "condition", "reference"))
        if found and found.get("resourceType") == kind:
            return found
    own = {f"Encounter/{encounter.get('id')}"}
    own |= {url for url, resource in by_reference.items() if resource is encounter}
    for resource in resources:
        if resource.get("resourceType") == kind and _text(resource, "encounter", "reference") in own:
            return resource
    return {}


def _list(resource: Any, key: str) -> list[dict[str, Any]]:
    value = resource.get(key) if isinstance(resource, dict) else None
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(resource: Any, *path: str) -> str:
    for key in path:
        resource = resource.get(key) if isinstance(resource, dict) else None
    return resource if isinstance(resource, str) else ""


def _concept(concept: Any) -> tuple[str, str]:
    """Words and code of a CodeableConcept."""
    coding: dict[str, Any] = next(iter(_list(concept, "coding")), {})
    words = _text(concept, "text") or str(coding.get("display") or "")
    return words, str(coding.get("code") or "")
