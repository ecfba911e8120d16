"""The memory of what was made: it says which source differs, and forgets nothing that is still true."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meos_pipeline.storage import made as memory
from meos_pipeline.storage.made import code_of, forget, hash_of, recall, recall_all, remember, why_again
from meos_pipeline.storage.paths import DataFolder

SOURCES = {"records": "a1", "rules": "b2", "code": "c3"}


@pytest.fixture
def data(tmp_path):
    return DataFolder(tmp_path).make()


@pytest.mark.parametrize(
    ("now", "why"),
    [
        # sources now                                        what differs
        (SOURCES, ()),
        (dict(reversed(SOURCES.items())), ()),
        (SOURCES | {"rules": "b9"}, ("rules",)),
        (SOURCES | {"rules": "b9", "code": "c9"}, ("code", "rules")),
        (SOURCES | {"companion files": "d4"}, ("companion files",)),
        ({"records": "a1", "code": "c3"}, ("rules",)),
        ({}, ("code", "records", "rules")),
    ],
)
def test_a_thing_is_made_again_exactly_when_a_source_differs_and_says_which(data, now, why):
    remember(data, "cells", "2025-01-01", SOURCES)
    assert why_again(data, recall(data, "cells", "2025-01-01"), now) == why


def test_what_was_never_made_or_was_forgotten_has_to_be_made(data):
    assert why_again(data, recall(data, "cells", "2025-01-01"), SOURCES) == ("never made",)
    for month in ("2025-01-01", "2025-02-01"):
        remember(data, "cells", month, SOURCES)
    forget(data, "cells", "2025-01-01")
    assert list(recall_all(data, "cells")) == ["2025-02-01"]
    forget(data, "cells")
    assert recall_all(data, "cells") == {}


@pytest.mark.parametrize("change", ["removed", "rewritten"])
def test_a_file_that_somebody_changed_is_made_again(data, change):
    path = data.tables / "table.parquet"
    path.write_bytes(b"as it was made")
    remember(data, "records", "2025-01-01", SOURCES, files=[path])
    assert why_again(data, recall(data, "records", "2025-01-01"), SOURCES) == ()
    path.unlink() if change == "removed" else path.write_bytes(b"as somebody would have it")
    assert why_again(data, recall(data, "records", "2025-01-01"), SOURCES) == (memory.CHANGED,)


@pytest.mark.parametrize("content", ["", "{", '{"sources": {}}', '{"sources": {}, "facts": {}, "files": {"a": 1}}'])
def test_a_damaged_memory_is_no_memory_and_no_traceback(data, content):
    remember(data, "cells", "2025-01-01", SOURCES)
    (data.restricted / "made" / "cells" / "2025-01-01.json").write_text(content, encoding="utf-8")
    assert recall(data, "cells", "2025-01-01") is None


@given(st.dictionaries(st.text(), st.text(), max_size=4), st.dictionaries(st.text(), st.text(), max_size=4))
def test_equal_sources_have_an_equal_hash_whatever_their_order(left, right):
    assert (hash_of(left) == hash_of(right)) == (left == right)
    assert hash_of(dict(reversed(list(left.items())))) == hash_of(left)


def _forget_code():
    code_of.cache_clear()
    memory._code_of_one.cache_clear()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of four modules; ``cells`` imports ``values`` in a function, and ``policy`` decides no content."""
    root = tmp_path / "meos_pipeline"
    texts = {
        "cells/month.py": "def count():\n    from meos_pipeline.contracts import values\n",
        "contracts/values.py": "ALL = 1\n",
        "contracts/other.py": "ALL = 1\n",
        "policy.py": "LIMIT = 1\n",
    }
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(memory, "PACKAGE", root)
    _forget_code()
    yield root
    _forget_code()


@pytest.mark.parametrize(
    ("changed", "is_other"),
    [("cells/month.py", True), ("contracts/values.py", True), ("contracts/other.py", False), ("policy.py", False)],
)
def test_the_hash_of_code_follows_what_a_module_imports_and_nothing_else(package, changed, is_other):
    before = code_of("meos_pipeline.cells.month")
    path = package / changed
    path.write_text(path.read_text(encoding="utf-8") + "MORE = 2\n", encoding="utf-8")
    _forget_code()
    assert (code_of("meos_pipeline.cells.month") != before) is is_other
