"""The intent classifier: a linear support vector machine over `bot.components.reading`.

It weighs the words that the tokenizer before it cut, and runs of characters and of kinds of words. Its
confidences are calibrated on sentences left out of training.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Text, Tuple, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from bot.components.reading import Reader, words_of

_FOLDS = 5


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ReadingIntentClassifier(IntentClassifier, GraphComponent):
    """Predicts the intent of a message from its text."""

    @classmethod
    def required_components(cls) -> List[Type]:
        return [Tokenizer]

    @staticmethod
    def required_packages() -> List[Text]:
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {
            # Files of lines `word … kind`.
            "words": [],
            # Files of lines `variant form`.
            "variants": [],
            # Inverse strength of regularisation.
            "C": 2.0,
            "ranking_length": 5,
        }

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[Text]:
        """Rasa fingerprints only the configuration: without this an edited word list would not be trained."""
        digest = hashlib.sha256()
        code = [Path(__file__), Path(__file__).with_name("reading.py")]
        tables = [Path(name) for name in (*config.get("words", ()), *config.get("variants", ()))]
        for file in code + tables:
            digest.update(file.name.encode("utf-8"))
            digest.update(file.read_bytes())
        return digest.hexdigest()

    def __init__(self, config: Dict[Text, Any], storage: ModelStorage, resource: Resource) -> None:
        self.config = {**self.get_default_config(), **config}
        self._storage = storage
        self._resource = resource
        self.model: Optional[LinearModel] = None

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "ReadingIntentClassifier":
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [
            example for example in training_data.intent_examples if example.get(INTENT) and example.get(TEXT)
        ]
        reader = Reader(
            words_of(Path(name) for name in self.config["words"]),
            words_of(Path(name) for name in self.config["variants"]),
        )
        self.model = LinearModel.fitted(
            reader,
            [_read(example) for example in examples],
            [example.get(INTENT) for example in examples],
            self.config["C"],
        )
        with self._storage.write_to(self._resource) as folder:
            self.model.save(folder)
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "ReadingIntentClassifier":
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component.model = LinearModel.loaded(folder)
        return component

    def process(self, messages: List[Message]) -> List[Message]:
        assert self.model is not None, "Rasa processes only with a trained or loaded component."
        for message in messages:
            confidences = self.model.confidences(_read(message))
            order = np.argsort(-confidences)[: self.config["ranking_length"]]
            ranking = [
                {"name": self.model.intents[place], "confidence": float(confidences[place])}
                for place in order
            ]
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages


class LinearModel:
    """A margin per intent from weighted features, and the confidence that the margins deserve."""

    def __init__(
        self,
        reader: Reader,
        columns: Dict[str, int],
        rarity: np.ndarray,
        intents: Sequence[str],
        weights: np.ndarray,
        offsets: np.ndarray,
        sharpness: float,
    ) -> None:
        """`columns`: feature → row of `weights` (features × intents). `rarity`: inverse document frequency.

        `sharpness`: what margins are multiplied by before the softmax.
        """
        self.reader = reader
        self.columns = columns
        self.rarity = rarity
        self.intents = list(intents)
        self.weights = weights
        self.offsets = offsets
        self.sharpness = sharpness

    @classmethod
    def fitted(
        cls, reader: Reader, texts: Sequence["Read"], intents: Sequence[str], c: float
    ) -> "LinearModel":
        bags = [_bags(reader, text) for text in texts]
        counts = Counter(feature for bag in bags for part in bag for feature in set(part))
        columns = {feature: column for column, feature in enumerate(sorted(counts))}
        frequency = np.array([counts[feature] for feature in columns], dtype=np.float64)
        rarity = np.log((1 + len(texts)) / (1 + frequency)) + 1
        rows = [_weighted(bag, columns, rarity) for bag in bags]
        matrix = csr_matrix(
            (
                np.concatenate([values for _, values in rows]),
                np.concatenate([places for places, _ in rows]),
                np.cumsum([0] + [len(places) for places, _ in rows]),
            ),
            shape=(len(rows), len(columns)),
        )
        wanted = np.array(intents)
        machine = LinearSVC(C=c, random_state=0).fit(matrix, wanted)
        return cls(
            reader,
            columns,
            rarity,
            machine.classes_,
            machine.coef_.T.astype(np.float32),
            machine.intercept_,
            _sharpness(matrix, wanted, c),
        )

    def confidences(self, text: "Read") -> np.ndarray:
        """One per intent, summing to 1."""
        places, values = _weighted(_bags(self.reader, text), self.columns, self.rarity)
        margins = values @ self.weights[places] + self.offsets
        return _softmax(self.sharpness * margins[np.newaxis])[0]

    def save(self, folder: Path) -> None:
        tables = {
            "words": self.reader.words,
            "variants": self.reader.variants,
            "features": list(self.columns),
            "intents": [str(intent) for intent in self.intents],
            "sharpness": self.sharpness,
        }
        (folder / "tables.json").write_text(json.dumps(tables, ensure_ascii=False), encoding="utf-8")
        np.savez(folder / "numbers.npz", rarity=self.rarity, weights=self.weights, offsets=self.offsets)

    @classmethod
    def loaded(cls, folder: Path) -> "LinearModel":
        tables = json.loads((folder / "tables.json").read_text(encoding="utf-8"))
        with np.load(folder / "numbers.npz", allow_pickle=False) as numbers:
            return cls(
                Reader(tables["words"], tables["variants"]),
                {feature: column for column, feature in enumerate(tables["features"])},
                numbers["rarity"],
                tables["intents"],
                numbers["weights"],
                numbers["offsets"],
                tables["sharpness"],
            )


#: A message's text, and its words as the tokenizer cut them.
Read = Tuple[str, Sequence[str]]


def _read(message: Message) -> Read:
    tokens = message.get(TOKENS_NAMES[TEXT]) or []
    return message.get(TEXT) or "", [token.text for token in tokens]


def _bags(reader: Reader, text: Read) -> List[List[str]]:
    """Words and their pairs, then the reader's bags. Features of different bags never meet."""
    said, words = text
    bags = [[*words, *map(" ".join, zip(words, words[1:]))], *reader.features(said)]
    return [[f"{number}{feature}" for feature in bag] for number, bag in enumerate(bags)]


def _weighted(
    bags: List[List[str]], columns: Dict[str, int], rarity: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """Columns and values of one message: dampened counts times rarity, each bag of length 1."""
    places: List[np.ndarray] = []
    values: List[np.ndarray] = []
    for bag in bags:
        counts = Counter(columns[feature] for feature in bag if feature in columns)
        where = np.fromiter(counts, dtype=np.int64, count=len(counts))
        times = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))
        value = (1 + np.log(times)) * rarity[where]
        places.append(where)
        values.append(value / (np.linalg.norm(value) or 1.0))
    return np.concatenate(places), np.concatenate(values)


def _sharpness(matrix: csr_matrix, wanted: np.ndarray, c: float) -> float:
    """Fits confidences to sentences left out of training.

    The folds are blocks of neighbours: like sentences stand next to each other in the files, and must not
    be on both sides.
    """
    smallest = min(Counter(wanted).values())
    if smallest < 2:
        return 1.0
    margins = np.zeros((len(wanted), len(set(wanted))))
    for known, unknown in StratifiedKFold(min(_FOLDS, smallest)).split(matrix, wanted):
        machine = LinearSVC(C=c, random_state=0).fit(matrix[known], wanted[known])
        margins[unknown] = machine.decision_function(matrix[unknown])
    right = np.searchsorted(np.unique(wanted), wanted)

    def surprise(sharpness: float) -> float:
        chances = _softmax(sharpness * margins)[np.arange(len(right)), right]
        return float(-np.log(np.maximum(chances, 1e-12)).mean())

    return float(minimize_scalar(surprise, bounds=(0.1, 20.0), method="bounded").x)


def _softmax(margins: np.ndarray) -> np.ndarray:
    raised = np.exp(margins - margins.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)
