"""Binaries of fastText's own are served as fastText serves them."""

import json

import pytest
from models_of_fasttext import CBOW, PREDICTIONS, SUPERVISED, VECTORS

from cloudlet.algorithms.blazingtext import fasttext_file
from cloudlet.algorithms.blazingtext.serve import load
from cloudlet.algorithms.serving import ModelLoadError


def ask(folder, texts):
    body = json.dumps({"instances": list(texts)}).encode()
    return json.loads(load(folder).predict(body, "application/json", "")[0])


def test_a_classifier_of_fasttext_predicts_the_same(tmp_path):
    (tmp_path / "model.bin").write_bytes(SUPERVISED)
    records = ask(tmp_path, PREDICTIONS)
    for record, (label, chance) in zip(records, PREDICTIONS.values(), strict=True):
        assert record["label"] == [label]
        # fastText adds 1e-5 before it takes a logarithm.
        assert record["prob"][0] == pytest.approx(chance - 1e-5, abs=2e-6)


@pytest.mark.parametrize("name", ["model.bin", "vectors.bin"])
def test_vectors_of_fasttext_are_the_same(tmp_path, name):
    (tmp_path / name).write_bytes(CBOW)
    records = ask(tmp_path, VECTORS)
    for record, (word, vector) in zip(records, VECTORS.items(), strict=True):
        assert record == {"word": word, "vector": pytest.approx(vector, rel=1e-5)}


@pytest.mark.parametrize("content", [SUPERVISED, CBOW])
def test_what_is_written_is_what_was_read(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    model = fasttext_file.read(tmp_path / "a")
    fasttext_file.write(tmp_path / "b", model)
    assert (tmp_path / "b").read_bytes() == content


def test_a_quantized_model_is_refused(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(SUPERVISED)
    model = fasttext_file.read(path)
    place = len(SUPERVISED) - 2 * 17 - 4 * (model.input.size + model.output.size)
    path.write_bytes(SUPERVISED[:place] + b"\1" + SUPERVISED[place + 1 :])
    with pytest.raises(ModelLoadError, match="it is quantized"):
        load(tmp_path)
