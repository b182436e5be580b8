"""A jieba tokenizer whose training cache notices edits of the dictionary."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Dict, Optional, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.jieba_tokenizer import JiebaTokenizer


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class DictionaryJiebaTokenizer(JiebaTokenizer):
    """JiebaTokenizer, retrained (with all that follows it) when a dictionary file changes.

    Rasa fingerprints only a component's configuration; without this, an edit of the dictionary would be
    ignored and the old model restored from the cache.
    """

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[Text]:
        folder = config.get("dictionary_path")
        if folder is None:
            return None
        digest = hashlib.sha256()
        for file in sorted(Path(folder).glob("*")):
            digest.update(file.name.encode("utf-8"))
            digest.update(file.read_bytes())
        return digest.hexdigest()
