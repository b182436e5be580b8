"""One row of `./banzhen faq`: a question in, an answer as plain data out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from insurance.library import Insurance


def faq_row(insurance: Insurance, row: Mapping[str, Any]) -> dict[str, Any]:
    """`{"id", "text"}` → `{"id", "topic", "confidence", "answer", "source", "as_of", "answered"}`.

    A row without a text comes back with `error` and nothing else but its id.
    """
    text = row.get("text")
    if not isinstance(text, str):
        return {"id": row.get("id"), "error": "text：没有填，或不是文字"}
    answer = insurance.answer(text)
    return {
        "id": row.get("id"),
        "topic": answer.topic,
        "confidence": round(answer.confidence, 4),
        "answer": "\n".join(filter(None, (answer.text, answer.caution))),
        "source": answer.source,
        "as_of": answer.as_of.isoformat() if answer.as_of else None,
        "answered": answer.answered,
    }
