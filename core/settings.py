"""Settings: defaults, then `settings.toml`, then environment variables that start with BANZHEN_."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from core.crypto import FieldCipher
from core.errors import BanzhenError
from core.wording import in_chinese

ROOT = Path(__file__).resolve().parent.parent
_KEY_BYTES = 32


class Settings(BaseSettings):
    """Everything the hospital's IT can set. Unknown names are refused, so a typing error is noticed."""

    model_config = SettingsConfigDict(env_prefix="BANZHEN_", extra="forbid", frozen=True)

    #: Where generated things live: environments, the model, the default database, keys.
    home: Path = ROOT / ".banzhen"
    #: SQLAlchemy URL; empty means SQLite in `home`.
    database_url: str = ""
    #: Folder with the hospital's own facts; empty means the example hospital.
    hospital: Path | None = None
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    #: Loopback port of Rasa.
    bot_port: int = Field(5005, ge=1, le=65535)
    #: Shared secret between service and Rasa; empty means one is made at the start.
    bot_token: str = ""
    #: Seconds that a bot turn may take before the patient is told what works now.
    bot_timeout: float = Field(5.0, gt=0, le=60)
    #: Shows the demo page and lets it move the clock. Never on with real patients.
    demo: bool = False
    #: Set where the console is reached over HTTPS.
    secure_cookies: bool = False
    #: How outgoing SMS are sent; `simulator` shows them on the demo page.
    sms: Literal["simulator"] = "simulator"
    #: Seconds between two looks at what is due.
    tick_seconds: float = Field(2.0, gt=0, le=300)
    #: JSON file with the keys of personal data; made at the first start if it is not set and not there.
    keys_file: Path | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = TomlConfigSettingsSource(settings_cls, settings_file())
        return init_settings, env_settings, toml

    @property
    def url(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.home / 'data' / 'banzhen.db'}"

    @property
    def keys(self) -> Path:
        return self.keys_file or self.home / "data" / "keys.json"

    @property
    def records_model(self) -> Path:
        """What triage learned from the hospital's own records, if it did."""
        return self.home / "models" / "triage-records.npz"

    @property
    def model_file(self) -> Path:
        return self.home / "models" / "banzhen.tar.gz"


def settings_file() -> Path:
    """`settings.toml` beside the project, or what BANZHEN_SETTINGS names."""
    return Path(os.environ.get("BANZHEN_SETTINGS") or ROOT / "settings.toml")


def load_settings(**overrides: Any) -> Settings:
    """Read the settings. Raises BanzhenError with one line that names file, setting and cause."""
    file = settings_file()
    try:
        return Settings(**overrides)
    except tomllib.TOMLDecodeError as error:
        raise BanzhenError(
            "bad_settings", f"配置文件 {file} 不是有效的 TOML：{error}。请改正后重试。"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "?"
        raise BanzhenError(
            "bad_settings",
            f"配置项 {name} 有误：{in_chinese(first)}。请检查 {file} 或环境变量 BANZHEN_{name.upper()}。",
        ) from error


def load_cipher(settings: Settings) -> FieldCipher:
    """The cipher of personal data; makes the key file (readable by its owner only) at the first start.

    The file is JSON: {"current": id, "keys": {id: base64 of 32 bytes}, "index": base64 of 32 bytes}.
    Raises BanzhenError if it is damaged; losing it means losing the personal data, so it is never replaced.
    """
    file = settings.keys
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = {
            "current": "k1",
            "keys": {"k1": base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")},
            "index": base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii"),
        }
        draft = file.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(fresh, out)
        # A link appears whole or not at all: of two that start at once, the second reads the first's.
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        keys = {key_id: base64.b64decode(key, validate=True) for key_id, key in data["keys"].items()}
        return FieldCipher(keys, data["current"], base64.b64decode(data["index"], validate=True))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BanzhenError(
            "bad_keys", f"密钥文件 {file} 无法读取：{error}。请从备份恢复；没有它就读不出个人信息。"
        ) from error
