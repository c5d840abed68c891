"""Searching by meaning: the best matches of the words, put in order by what they are about.

The vectors are those of WordLlama (https://github.com/dleemiller/WordLlama), which its wheel
brings: a fixed one for each piece of a word; a text is the mean of its pieces. Nothing is computed
ahead and nothing is fetched.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echo_analytics.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

CANDIDATES = 200
"""How many of the best matches are put in order."""

LONGEST_TEXT = 400
"""How many characters of a title, and of a content, are looked at."""

SHARE = 0.3
"""The share of the meaning in the mixed score."""

TITLE_WEIGHT = 2
"""For how many a piece in the title counts."""

_MODEL = "l2_supercat"
_WEIGHTS = Path("weights", f"{_MODEL}_256.safetensors")
_TOKENIZER = Path("tokenizers", f"{_MODEL}_tokenizer_config.json")
_LONGEST_WORD, _MOST_WORDS = 64, 200_000


@dataclass(frozen=True, slots=True)
class Text:
    """What is looked at of a post: its title and the beginning of its content."""

    title: str
    content: str


def mixed(query: str, texts: Sequence[Text], scores: Sequence[float]) -> list[float]:
    """Mix scores with what the texts have in common with the query in meaning.

    Both parts are shares of the largest among the candidates, so that they are comparable whatever
    the query; the meaning is the cosine of the two vectors.

    Parameters
    ----------
    query
        As it was typed.
    texts
        The candidates, at least one.
    scores
        What their words are worth, above zero for one of them at least.

    Returns
    -------
    list of float
        The mixed scores, at most 1, in the order of ``texts``.

    Raises
    ------
    MissingExtra
        The extra ``semantic`` is not installed.

    Examples
    --------
    >>> beans, bikes = Text("Beans", "Sow after the frost."), Text("Chains", "When to replace one.")
    >>> one, other = mixed("vegetable garden", [beans, bikes], [1.0, 1.0])
    >>> one > other
    True
    """
    meaning = cosines(query, texts)
    most, closest = max(scores), max(meaning)
    return [
        (1 - SHARE) * score / most + (SHARE * cosine / closest if closest > 0 else 0.0)
        for score, cosine in zip(scores, meaning, strict=True)
    ]


def cosines(query: str, texts: Sequence[Text]) -> list[float]:
    """Return the cosine of the query's vector with each text's; 0 for a text without any."""
    model = load()
    vectors = model.vectors([model.pieces(query), *(_weighted(model, text) for text in texts)])
    found: list[float] = (vectors[1:] @ vectors[0]).tolist()
    return found


def _weighted(model: _Model, text: Text) -> list[int]:
    title = model.pieces(text.title[:LONGEST_TEXT])
    return title * TITLE_WEIGHT + model.pieces(text.content[:LONGEST_TEXT])


class _Pieces(dict[str, list[int]]):
    """The numbers of the pieces of words, kept: the same words come again and again.

    Cutting a word up takes longer than all that is done with it later.
    """

    # Any: the tokenizer has no types.
    def __init__(self, tokenizer: Any) -> None:  # noqa: ANN401
        super().__init__()
        self._tokenizer = tokenizer

    def __missing__(self, word: str) -> list[int]:
        found: list[int] = self._tokenizer.encode(word, add_special_tokens=False).ids
        if len(word) <= _LONGEST_WORD:
            if len(self) >= _MOST_WORDS:
                self.clear()
            self[word] = found
        return found


class _Model:
    """The pieces of words, and a vector for each."""

    def __init__(self, pieces: _Pieces, embedding: Vectors) -> None:
        self._pieces = pieces
        self._embedding = embedding

    def pieces(self, text: str) -> list[int]:
        """Return the numbers of the pieces of a text."""
        return list(itertools.chain.from_iterable(map(self._pieces.__getitem__, text.split())))

    def vectors(self, texts: Sequence[Sequence[int]]) -> Vectors:
        """Return the mean of the pieces of each text, of length 1; zeros for no pieces."""
        import numpy as np

        lengths = np.array([len(pieces) for pieces in texts])
        flat = np.fromiter(itertools.chain.from_iterable(texts), np.intp, int(lengths.sum()))
        # How often each text has each piece, for those that any has: few of all.
        used = np.flatnonzero(np.bincount(flat, minlength=len(self._embedding)))
        column = np.zeros(len(self._embedding), np.intp)
        column[used] = np.arange(len(used))
        cells = np.repeat(np.arange(len(texts)), lengths) * len(used) + column[flat]
        counts = np.bincount(cells, minlength=len(texts) * len(used)).astype(np.float32)
        sums = counts.reshape(len(texts), len(used)) @ self._embedding[used]
        sizes = np.linalg.norm(sums, axis=1, keepdims=True)
        sums /= np.where(sizes > 0, sizes, 1)
        return sums


@functools.cache
def load() -> _Model:
    """Load the model, once; it takes 70 MB.

    Raises
    ------
    MissingExtra
        The extra ``semantic`` is not installed.
    """
    folder = _folder()
    try:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer
    except ImportError:
        raise MissingExtra("wordllama", "semantic") from None
    # Not through the package itself: that changes the root logger, and would fetch its tokenizer.
    [embedding] = load_file(folder / _WEIGHTS).values()
    tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return _Model(_Pieces(tokenizer), embedding.astype("float32"))


def _folder() -> Path:
    """Return where the wheel of WordLlama put its files."""
    found = find_spec("wordllama")
    for place in (found.submodule_search_locations or ()) if found else ():
        if (Path(place) / _WEIGHTS).exists() and (Path(place) / _TOKENIZER).exists():
            return Path(place)
    raise MissingExtra("wordllama", "semantic")
