import errno

import pytest

from pellucid.basics.errors import DataError, StorageError
from pellucid.data.reading import exists, no_such_file, read_bytes, unreadable


def test_bytes_are_read(tmp_path):
    (tmp_path / "a").write_bytes(b"\0\xff\r\n")
    assert read_bytes(tmp_path / "a") == b"\0\xff\r\n"
    assert exists(tmp_path / "a")
    assert not exists(tmp_path / "b")
    assert not exists(tmp_path / "a" / "b")


@pytest.mark.parametrize("name", ["nothing", "file/below", "a\0b", "\ud800"])
def test_what_is_not_there_is_a_fault_of_the_data(tmp_path, name):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="there is no such file or folder"):
        read_bytes(tmp_path / name)


def test_what_is_there_and_cannot_be_read_is_a_fault_of_the_storage(tmp_path):
    with pytest.raises(StorageError, match="that is a folder; give the name of a file"):
        read_bytes(tmp_path)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.EIO, errno.ELOOP, errno.ENAMETOOLONG])
def test_every_refusal_has_a_remedy(code):
    message = str(unreadable("a.csv", OSError(code, "the system's words")))
    assert message.startswith("a.csv: could not read: ")
    assert "system's words" not in message
    assert ";" in message


def test_an_unusual_refusal_keeps_the_systems_words():
    assert str(unreadable("x", OSError(errno.EBUSY, "Device busy"))) == "x: could not read: Device busy."


def test_the_nearest_name_beside_it_is_shown(tmp_path):
    (tmp_path / "cells.csv").write_bytes(b"")
    assert "Did you mean 'cells.csv'?" in str(no_such_file(tmp_path / "cels.csv"))
    assert "Check the name." in str(no_such_file(tmp_path / "quite another"))
