"""One engine for all tests of this room: it is immutable, and loading it takes a second."""

from __future__ import annotations

import pytest

from tests import loaded
from triage import Triage


@pytest.fixture(scope="session")
def engine() -> Triage:
    return loaded.triage()
