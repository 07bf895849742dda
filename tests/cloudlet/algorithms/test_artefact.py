import numpy as np
import pytest

from cloudlet.algorithms import artefact
from cloudlet.algorithms.serving import ModelLoadError


def test_what_is_written_is_read(make_container):
    container = make_container({}, {})
    artefact.write(container, {"k": 2}, centers=np.eye(2))
    about, arrays = artefact.read(container.model, "centers")
    assert about == {"k": 2}
    np.testing.assert_array_equal(arrays["centers"], np.eye(2))
    assert [path.name for path in container.model.iterdir()] == ["model_algo-1"]


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_what_is_no_artefact_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / artefact.NAME).write_bytes(content)
    with pytest.raises(ModelLoadError, match="model_algo-1 is missing or no model"):
        artefact.read(tmp_path)


def test_another_algorithms_artefact_is_refused(make_container):
    container = make_container({}, {})
    artefact.write(container, {}, trees=np.eye(2))
    with pytest.raises(ModelLoadError, match="has no centers"):
        artefact.read(container.model, "centers")


def test_pickled_objects_are_not_read(tmp_path):
    np.savez(tmp_path / "x.npz", about=np.array([{"a": 1}], dtype=object))
    (tmp_path / "x.npz").rename(tmp_path / artefact.NAME)
    with pytest.raises(ModelLoadError):
        artefact.read(tmp_path)
