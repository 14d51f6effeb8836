"""The object cache: keys, corruption, eviction, privacy, concurrent processes."""

import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from inlay.runtime import object_cache
from inlay.runtime.jit import load_object
from inlay.runtime.object_cache import CacheError, ObjectCache
from inlay.target.description import TARGETS, Target

KEY, OTHER_KEY = "0" * 64, "1" * 64
TARGET = TARGETS["x86-64-v3"]
FUNCTION = "define i64 @f() {\n  ret i64 42\n}\n"


@pytest.fixture
def cache(tmp_path: Path) -> ObjectCache:
    return ObjectCache(tmp_path / "objects")


def only_file(cache: ObjectCache) -> Path:
    (path,) = cache.folder.iterdir()
    return path


def test_what_is_put_is_got_also_by_another_cache(cache: ObjectCache):
    assert cache.get(KEY) is None
    cache.put(KEY, b"code")
    cache.put(OTHER_KEY, b"")
    assert cache.get(KEY) == b"code"
    assert ObjectCache(cache.folder).get(OTHER_KEY) == b""
    cache.put(KEY, b"newer")
    assert cache.get(KEY) == b"newer"


def test_objects_are_made_once(cache: ObjectCache):
    calls: list[str] = []

    def emit(ir_text: str, target: Target) -> bytes:
        calls.append(target.name)
        return ir_text.encode()

    for _ in range(2):
        assert cache.emit_object("a", TARGET, emit) == b"a"
    assert cache.emit_object("b", TARGET, emit) == b"b"
    assert cache.emit_object("a", TARGETS["x86-64-v4"], emit) == b"a"
    assert calls == ["x86-64-v3", "x86-64-v3", "x86-64-v4"]


def test_a_cached_object_runs(cache: ObjectCache):
    native = Target.native()
    made = cache.emit_object(FUNCTION, native)
    cached = ObjectCache(cache.folder).get(ObjectCache.key(FUNCTION, native))
    assert cached == made
    load_object(cached or b"").address("f")


def making(content: bytes) -> Callable[[str, Target], bytes]:
    """A compiler that always makes the same."""
    return lambda _text, _target: content


# ---------------------------------------------------------------- keys


def test_a_key_depends_on_text_and_target():
    keys = [
        ObjectCache.key("a", TARGET),
        ObjectCache.key("b", TARGET),
        ObjectCache.key("a", dataclasses.replace(TARGET, cpu="znver3")),
        ObjectCache.key("a", dataclasses.replace(TARGET, features=TARGET.features[1:])),
        ObjectCache.key("a", dataclasses.replace(TARGET, triple="x86_64-apple-darwin")),
    ]
    assert len(set(keys)) == len(keys)
    assert keys[0] == ObjectCache.key("a", TARGET)


@pytest.mark.parametrize("source", ["versions", "code_generation_flags"])
def test_a_key_depends_on_versions_and_flags(source: str, monkeypatch: pytest.MonkeyPatch):
    def another(*_: Target) -> tuple[str, ...]:
        return ("another",)

    before = ObjectCache.key("a", TARGET)
    monkeypatch.setattr(object_cache, source, another)
    assert ObjectCache.key("a", TARGET) != before


# ---------------------------------------------------------------- damage


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "shorter": lambda data: data[:-1],
    "longer": lambda data: data + b"x",
    "empty": lambda data: b"",
    "stub": lambda data: data[:10],
    "content": lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:],
    "digest": lambda data: bytes([data[0] ^ 1]) + data[1:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_entry_is_made_anew(cache: ObjectCache, damage: str):
    content = b"some object code, long enough"
    cache.emit_object("a", TARGET, making(content))
    path = only_file(cache)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    assert cache.get(path.stem) is None
    assert not path.exists()
    assert cache.emit_object("a", TARGET, making(content)) == content
    assert cache.get(path.stem) == content


def test_an_entry_under_the_key_of_another_is_none(cache: ObjectCache):
    cache.put(KEY, b"code")
    only_file(cache).rename(cache.folder / f"{OTHER_KEY}.o")
    assert cache.get(OTHER_KEY) is None


def test_no_unfinished_file_is_left(cache: ObjectCache, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    cache.put(KEY, b"code")
    assert list(cache.folder.iterdir()) == []
    assert cache.get(KEY) is None


def test_a_folder_that_vanishes_only_costs_time(cache: ObjectCache):
    cache.folder.rmdir()
    cache.put(KEY, b"code")
    assert cache.get(KEY) is None
    assert cache.emit_object("a", TARGET, making(b"made")) == b"made"


# ---------------------------------------------------------------- size


def put_at(cache: ObjectCache, name: str, size: int, when: float) -> None:
    cache.put(name, bytes(size))
    os.utime(cache.folder / f"{name}.o", (when, when))


def test_what_was_unused_for_longest_goes_first(tmp_path: Path):
    cache, now = ObjectCache(tmp_path / "objects", limit=1000), time.time()
    for age, name in enumerate("abc"):
        put_at(cache, name, 200, now - 100 + age)
    assert cache.get("a") is not None  # now the one used last
    cache.put("d", bytes(300))
    assert cache.size() <= 1000
    assert [name for name in "abcd" if cache.get(name) is not None] == ["a", "c", "d"]


def test_an_object_larger_than_the_cache_is_not_kept(tmp_path: Path):
    cache = ObjectCache(tmp_path / "objects", limit=1000)
    cache.put("small", bytes(500))
    cache.put("large", bytes(1000))
    assert cache.get("large") is None
    assert cache.get("small") is not None


def test_many_small_objects_stay_within_the_limit(tmp_path: Path):
    cache = ObjectCache(tmp_path / "objects", limit=10_000)
    for number in range(400):
        cache.put(f"{number:064}", bytes(100))
        assert cache.size() <= 10_000 * 17 / 16
    assert cache.size() >= 9_000
    cache.clear()
    assert cache.size() == 0


def test_what_a_dead_process_left_is_removed(tmp_path: Path):
    cache = ObjectCache(tmp_path / "objects", limit=1000)
    left, fresh = cache.folder / ".left.part", cache.folder / ".fresh.part"
    for path in (left, fresh):
        path.write_bytes(b"unfinished")
    os.utime(left, (0, 0))
    cache.put(KEY, b"code")
    assert not left.exists()
    assert fresh.exists()


# ---------------------------------------------------------------- privacy


def test_the_folder_is_the_users_alone(cache: ObjectCache):
    assert cache.folder.stat().st_mode & 0o777 == 0o700
    cache.put(KEY, b"code")
    assert only_file(cache).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o707, 0o777])
def test_a_folder_that_others_can_enter_is_refused(tmp_path: Path, mode: int):
    folder = tmp_path / "objects"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(CacheError, match=f"its mode is 0{mode:o}, expected 0700"):
        ObjectCache(folder)


def test_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    ObjectCache(tmp_path / "objects")
    stranger = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: stranger)
    with pytest.raises(CacheError, match="it belongs to another user"):
        ObjectCache(tmp_path / "objects")


def test_a_file_in_its_place_is_an_error(tmp_path: Path):
    (tmp_path / "objects").write_text("")
    with pytest.raises(CacheError, match="objects"):
        ObjectCache(tmp_path / "objects")


def test_the_default_folder_is_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = ObjectCache().folder
    if sys.platform == "linux":
        assert folder == tmp_path / "inlay" / "objects"
    assert folder.is_dir()


# ---------------------------------------------------------------- concurrency

_WORKER = """
import random, sys
from pathlib import Path
from inlay.runtime.object_cache import ObjectCache

seed = int(sys.argv[2])
draw = random.Random(seed)
cache = ObjectCache(Path(sys.argv[1]), limit=60_000)
for _ in range(300):
    number = draw.randrange(12)
    content = bytes([number]) * (number * 1000 + 1)
    found = cache.get(f"{number:064}")
    assert found in (None, content), f"{number}: {len(found)} bytes"
    if found is None or draw.random() < 0.3:
        cache.put(f"{number:064}", content)
"""


def test_processes_may_share_it(tmp_path: Path):
    folder = tmp_path / "objects"
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(folder), str(seed)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in range(4)
    ]
    errors = [worker.communicate()[1] for worker in workers]
    assert errors == [""] * 4
    assert [worker.returncode for worker in workers] == [0] * 4
    cache = ObjectCache(folder, limit=60_000)
    assert cache.size() > 0
    assert not list(folder.glob("*.part"))
