"""Atomic writing: every call to the system fails once, and the old file or the new one is always whole."""

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pellucid.basics import files
from pellucid.basics.errors import StorageError
from pellucid.basics.files import storage_error, write_atomically

OLD, NEW = b"the old content", b"the new content, which is longer" * 100
SEAM = ("open", "write", "fsync", "close", "replace")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class FaultySystem:
    """The module `os`, but one of its calls fails: the n-th of those in SEAM, before or after it did its work."""

    def __init__(self, n: int, fault: BaseException, *, after: bool = False) -> None:
        self.n, self.fault, self.after, self.count = n, fault, after, 0

    def __getattr__(self, name: str):
        real = getattr(os, name)
        if name not in SEAM:
            return real

        def call(*arguments):
            self.count += 1
            if self.count != self.n:
                return real(*arguments)
            if self.after or name == "close":  # else the test itself would leak the descriptor
                result = real(*arguments)
                if name == "open":
                    os.close(result)
            raise self.fault

        return call


def calls_of_one_write(folder: Path) -> int:
    system = FaultySystem(-1, OSError())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "os", system)
        write_atomically(folder / "counted", NEW)
    (folder / "counted").unlink()
    return system.count


def test_one_write_makes_the_calls_that_the_fault_loop_walks_through(tmp_path):
    # open, write, fsync, close, replace; then open, fsync, close of the folder
    assert calls_of_one_write(tmp_path) == 8


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "code", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EDQUOT, errno.EINVAL]
)
@pytest.mark.parametrize("n", range(1, 9))
def test_any_failing_call_leaves_the_old_file_or_the_new_one(tmp_path, monkeypatch, n, code, after):
    target = tmp_path / "model"
    target.write_bytes(OLD)
    monkeypatch.setattr(files, "os", FaultySystem(n, OSError(code, os.strerror(code)), after=after))
    if n <= 5:
        with pytest.raises(StorageError) as caught:
            write_atomically(target, NEW)
        message = str(caught.value)
        assert message.startswith(f"{target}: could not write: ")
        assert message.endswith(".")
        assert "\n" not in message
        assert target.read_bytes() == (NEW if n == 5 and after else OLD)
    else:  # the new file stands; only its folder could not be flushed
        assert write_atomically(target, NEW) == target
        assert target.read_bytes() == NEW
    assert names(tmp_path) == ["model"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("n", range(1, 9))
def test_ctrl_c_at_any_call_leaves_the_old_file_or_the_new_one(tmp_path, monkeypatch, n, after):
    target = tmp_path / "model"
    target.write_bytes(OLD)
    monkeypatch.setattr(files, "os", FaultySystem(n, KeyboardInterrupt(), after=after))
    with pytest.raises(KeyboardInterrupt):
        write_atomically(target, NEW)
    assert target.read_bytes() == (NEW if n > 5 or (n == 5 and after) else OLD)
    assert names(tmp_path) == ["model"]


def test_short_writes_are_continued(tmp_path, monkeypatch):
    real, sizes = os.write, []

    def dribble(descriptor, content):
        sizes.append(real(descriptor, content[:7]))
        return sizes[-1]

    monkeypatch.setattr(os, "write", dribble)
    write_atomically(tmp_path / "model", NEW)
    assert (tmp_path / "model").read_bytes() == NEW
    assert len(sizes) == -(-len(NEW) // 7)


def test_a_disk_that_takes_no_more_bytes_is_full(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "write", lambda descriptor, content: 0)
    with pytest.raises(StorageError, match="disk is full"):
        write_atomically(tmp_path / "model", NEW)
    assert names(tmp_path) == []


def test_a_disk_that_forgets_bytes_is_found_out(tmp_path, monkeypatch):
    real = os.write

    def lie(descriptor, content):
        real(descriptor, content[:-1])
        return len(content)

    (tmp_path / "model").write_bytes(OLD)
    monkeypatch.setattr(os, "write", lie)
    with pytest.raises(StorageError, match="gave back other bytes"):
        write_atomically(tmp_path / "model", NEW)
    assert (tmp_path / "model").read_bytes() == OLD


@pytest.mark.skipif(sys.platform == "win32", reason="limits on files are a thing of Unix")
def test_a_file_beyond_the_allowed_size_leaves_the_old_one(tmp_path):
    program = f"""
import resource
from pathlib import Path
from pellucid.basics.errors import StorageError
from pellucid.basics.files import write_atomically
target = Path({str(tmp_path)!r}) / "model"
target.write_bytes(b"old")
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_atomically(target, bytes(5000))
except StorageError as error:
    print(error)
print(target.read_bytes(), [path.name for path in target.parent.iterdir()])
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    first, second = result.stdout.splitlines()
    assert first.endswith("larger than is allowed there; choose another place.")
    assert second == "b'old' ['model']"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_device_is_never_written_to():
    with pytest.raises(StorageError, match="not a regular file"):
        write_atomically("/dev/full", NEW)


def test_the_path_comes_back_as_given_and_empty_content_is_content(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert write_atomically("empty", b"") == Path("empty")
    assert Path("empty").read_bytes() == b""


@pytest.mark.parametrize("length", [200, 255])
def test_a_name_as_long_as_the_system_allows(tmp_path, length):
    assert write_atomically(tmp_path / ("n" * length), NEW).read_bytes() == NEW


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("no/such/folder/model", "no such folder"),
        ("file/model", "is a file, not a folder"),
        ("folder", "not a regular file"),
        ("n" * 300, "too long"),
        ("a\0b", "no file can have that name"),
        ("\ud800", "no file can have that name"),
    ],
)
def test_an_impossible_place_is_named_with_a_remedy(tmp_path, name, why):
    (tmp_path / "file").write_bytes(OLD)
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match=why) as caught:
        write_atomically(tmp_path / name, NEW)
    assert "choose" in str(caught.value) or "give" in str(caught.value)
    assert names(tmp_path) == ["file", "folder"]


def test_links_stay_links(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "model").write_bytes(OLD)
    (tmp_path / "link").symlink_to(tmp_path / "real" / "model")
    (tmp_path / "dangling").symlink_to(tmp_path / "real" / "later")
    write_atomically(tmp_path / "link", NEW)
    write_atomically(tmp_path / "dangling", NEW)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "model").read_bytes() == (tmp_path / "real" / "later").read_bytes() == NEW


def test_a_link_that_leads_back_to_itself_stays(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(StorageError, match="leads back to itself"):
        write_atomically(tmp_path / "a", NEW)
    assert (tmp_path / "a").is_symlink()
    assert (tmp_path / "b").is_symlink()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StorageError, match="not a regular file"):
        write_atomically(tmp_path / "pipe", NEW)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are a thing of Unix")
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o000])
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o664, 0o666])
def test_permissions_are_kept_whatever_the_umask(tmp_path, mode, umask):
    target = tmp_path / "model"
    target.write_bytes(OLD)
    target.chmod(mode)
    before = os.umask(umask)
    try:
        write_atomically(target, NEW)
        write_atomically(tmp_path / "fresh", NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE(target.stat().st_mode) == mode
    assert stat.S_IMODE((tmp_path / "fresh").stat().st_mode) == 0o666 & ~umask


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_write_protected_file_stays(tmp_path):
    target = tmp_path / "model"
    target.write_bytes(OLD)
    target.chmod(0o444)
    with pytest.raises(StorageError, match="change its permissions"):
        write_atomically(target, NEW)
    assert target.read_bytes() == OLD


def test_a_write_protected_file_stays_also_for_root(tmp_path, monkeypatch):
    (tmp_path / "model").write_bytes(OLD)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(StorageError, match="change its permissions"):
        write_atomically(tmp_path / "model", NEW)
    assert (tmp_path / "model").read_bytes() == OLD


def test_readers_see_one_of_the_whole_contents_while_others_write(tmp_path):
    target = tmp_path / "model"
    contents = [bytes([letter]) * 20_000 for letter in b"abcd"]
    write_atomically(target, contents[0])
    threads = [
        threading.Thread(target=lambda c=c: [write_atomically(target, c) for _ in range(10)])
        for c in contents
    ]
    for thread in threads:
        thread.start()
    seen = set()
    while any(thread.is_alive() for thread in threads):
        seen.add(target.read_bytes())
    for thread in threads:
        thread.join()
    assert seen <= set(contents)
    assert names(tmp_path) == ["model"]


def test_a_fault_without_a_remedy_of_ours_gets_the_systems_words():
    assert (
        str(storage_error("x", "read", OSError(errno.EBUSY, "Device busy")))
        == "x: could not read: Device busy."
    )
