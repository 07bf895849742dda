import pytest

from cloudlet.algorithms.channels import check_channels, data_files
from cloudlet.runner.container import ClientError


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"validation": {}}, "Missing required channel: train"),
        ({"train": {}, "test": {}}, "Extraneous channel found: test"),
    ],
)
def test_missing_and_unknown_channels_are_named(config, message):
    with pytest.raises(ClientError) as caught:
        check_channels(config, required=["train"], optional=["validation"])
    assert str(caught.value) == message


def test_pipe_mode_is_refused_and_fast_file_mode_is_not():
    check_channels({"train": {"TrainingInputMode": "FastFile"}}, required=["train"])
    with pytest.raises(ClientError, match="Pipe mode"):
        check_channels(
            {"train": {"TrainingInputMode": "Pipe"}}, required=["train"], pipe=False
        )


def test_files_are_found_in_nested_folders_in_a_fixed_order(make_container):
    files = dict.fromkeys(["b.csv", "part/a.csv", "part/deep/c.csv"], b"1,2\n")
    container = make_container({}, {"train": files | {"_SUCCESS": b""}})
    root = container.channel("train")
    found = [str(file.relative_to(root)) for file in data_files(container, "train")]
    assert found == ["b.csv", "part/a.csv", "part/deep/c.csv"]


def test_folders_below_the_third_level_are_left_out_with_a_warning(
    make_container, capsys
):
    files = dict.fromkeys(["a.csv", "1/2/3/b.csv"], b"1,2\n")
    container = make_container({}, {"train": files})
    assert [file.name for file in data_files(container, "train")] == ["a.csv"]
    assert (
        "The depth of folder /opt/ml/input/data/train exceed the limit 3."
        in capsys.readouterr().out
    )


def test_a_hidden_file_is_refused(make_container):
    container = make_container({}, {"train": {"a.csv": b"1,2\n", ".DS_Store": b"x"}})
    with pytest.raises(ClientError) as caught:
        data_files(container, "train")
    assert str(caught.value) == (
        "Hidden file found in the data path! Remove that before training."
    )


@pytest.mark.parametrize("files", [{}, {"a.csv": b""}])
def test_a_channel_without_a_byte_has_no_files(make_container, files):
    assert data_files(make_container({}, {"train": files}), "train") == []


def test_a_channel_without_a_folder_has_no_files(make_container):
    assert data_files(make_container({}, {}), "train") == []
