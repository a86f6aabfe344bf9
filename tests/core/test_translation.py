"""A sentence that is kept is said later, in whatever language the reader has by then."""

import json
from datetime import UTC, date, datetime

from api.kit.translation import translate
from core.translation import Language, Quantity, Sentence, count, join, pack, t, unpack


def keep(sentence: Sentence) -> Sentence:
    return unpack(json.loads(json.dumps(pack(sentence))))


def test_a_kept_sentence_is_the_same() -> None:
    inner = count(1200, "{n} visit", "{n} visits")
    sentence = t(
        "{a} {b} {c} {d} {e} {f}",
        a=inner.as_part(),
        b=Quantity(1200),
        c=date(2026, 11, 29),
        d=datetime(2026, 11, 29, 18, 30, tzinfo=UTC),
        e=1200,
        f=join(" · ", "Ana", 0.5),
    )
    assert keep(sentence) == sentence
    assert str(keep(sentence)) == str(sentence)


def test_it_is_said_in_the_readers_language() -> None:
    kept = keep(count(1200, "{n} visit", "{n} visits"))
    assert translate(kept, Language.PORTUGUESE) == "1.200 visitas"
    assert translate(kept, Language.ENGLISH) == "1,200 visits"


def test_what_the_code_no_longer_says_is_still_readable() -> None:
    kept = unpack({"template": "Nobody says {this} any more.", "values": {"this": "so"}})
    assert translate(kept, Language.PORTUGUESE) == "Nobody says so any more."
