import json

import numpy as np
import pytest
from built_in import measured
from planted_texts import CLASSES, as_lines, labelled
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from cloudlet.algorithms.blazingtext import (
    METRICS,
    classifier,
    corpus,
    fasttext_file,
    lines,
)
from cloudlet.algorithms.blazingtext.serve import load
from cloudlet.algorithms.blazingtext.train import train
from cloudlet.algorithms.serving import ModelLoadError, PayloadError
from cloudlet.runner.container import ClientError

TEXT, JSON, JSON_LINES = "text/plain", "application/json", "application/jsonlines"
TEXTS, LABELS = labelled(800)
SMALL = {
    "mode": "supervised",
    "epochs": "8",
    "learning_rate": "0.5",
    "min_count": "2",
    "vector_dim": "16",
    "buckets": "5000",
}


def job(make, content=None, validation=None, content_type=TEXT, **change):
    channels = {"train": {"a": as_lines(TEXTS, LABELS) if content is None else content}}
    if validation is not None:
        channels["validation"] = {"a": validation}
    return make({**SMALL, **change}, channels, content_type)


def trained(make, *args, **change):
    container = job(make, *args, **change)
    train(container)
    return container


def ask(container, texts, **configuration):
    body = {"instances": texts}
    if configuration:
        body["configuration"] = configuration
    answer, kind = load(container.model).predict(json.dumps(body).encode(), JSON, "")
    assert kind == JSON
    return json.loads(answer)


@pytest.mark.parametrize(("tilt", "ngrams", "rate"), [(0.6, 1, "0.2"), (0.8, 2, "0.5")])
def test_it_is_as_good_as_logistic_regression_on_tfidf(
    make_container, capsys, tilt, ngrams, rate
):
    """Both see the same features: words, or words and pairs of words."""
    texts, labels = labelled(6000, seed=5, tilt=tilt)
    train_texts, train_labels = texts[:4000], labels[:4000]
    words = TfidfVectorizer(ngram_range=(1, ngrams)).fit(train_texts)
    model = LogisticRegression(max_iter=500)
    model.fit(words.transform(train_texts), train_labels)
    theirs = model.score(words.transform(texts[4000:]), labels[4000:])
    assert 0.7 < theirs < 0.97  # neither hopeless nor trivial
    trained(
        make_container,
        as_lines(train_texts, train_labels),
        as_lines(texts[4000:], labels[4000:]),
        word_ngrams=str(ngrams),
        learning_rate=rate,
        epochs="10",
        vector_dim="50",
    )
    (ours,) = measured(capsys.readouterr().out, METRICS)["validation:accuracy"]
    assert ours >= theirs - 0.02


def test_word_ngrams_see_the_order_of_words(make_container, capsys):
    """A bag of words cannot tell `not good … bad` from `not bad … good`."""
    random = np.random.default_rng(4)
    lines = []
    for is_good in random.integers(2, size=1200):
        filler = [f"w{n}" for n in random.integers(30, size=6)]
        first, second = ("bad", "good") if is_good else ("good", "bad")
        pieces = [f"not {first}", second, *filler]
        text = " ".join(random.permutation(pieces))
        lines.append(f"__label__{'good' if is_good else 'bad'} {text}\n".encode())
    reached = {}
    for ngrams in ("1", "2"):
        parts = b"".join(lines[:900]), b"".join(lines[900:])
        trained(make_container, *parts, word_ngrams=ngrams, epochs="15")
        found = measured(capsys.readouterr().out, METRICS)
        (reached[ngrams],) = found["validation:accuracy"]
    assert reached["1"] < 0.6
    assert reached["2"] > 0.95


def test_a_batch_learns_what_single_lines_teach(make_container, monkeypatch, capsys):
    """Gradients summed over a batch cost no accuracy against fastText's one by one."""
    reached = []
    texts, labels = labelled(1500, seed=8, tilt=0.8)
    parts = as_lines(texts[:1000], labels[:1000]), as_lines(texts[1000:], labels[1000:])
    for size in (1, classifier.BATCH):
        monkeypatch.setattr(classifier, "BATCH", size)
        trained(make_container, *parts)
        found = measured(capsys.readouterr().out, METRICS)
        reached += found["validation:accuracy"]
    assert reached[1] == pytest.approx(reached[0], abs=0.02)


def test_one_step_is_the_gradient_of_the_loss():
    random = np.random.default_rng(0)
    features, starts = np.array([0, 2, 2, 1], np.int32), np.array([0, 3, 4])
    two = classifier.Lines(
        features, starts, np.array([1, 0]), np.array([0, 1, 2]), np.zeros(2, bool)
    )
    before = classifier.Weights(random.normal(size=(3, 4)), random.normal(size=(2, 4)))
    after = before.copy()
    (batch,) = classifier._batches(random, two)
    targets = np.array([1, 0])[batch.lines]
    classifier._learn(after, batch, targets, 1e-4, np.empty((3, 4)))

    def loss(weights):
        (chances,) = classifier.probabilities(two, weights)
        return -np.log(chances[[0, 1], [1, 0]]).sum()

    for name in ("input", "output"):
        moved = (getattr(before, name) - getattr(after, name)) / 1e-4
        for place in np.ndindex(moved.shape):
            up, down = before.copy(), before.copy()
            getattr(up, name)[place] += 1e-4
            getattr(down, name)[place] -= 1e-4
            slope = (loss(up) - loss(down)) / 2e-4
            assert moved[place] == pytest.approx(slope, rel=1e-3, abs=1e-4)


def test_the_same_data_give_the_same_bytes(make_container):
    models = [
        (trained(make_container).model / "model.bin").read_bytes() for _ in range(2)
    ]
    assert models[0] == models[1]


def test_text_and_json_lines_and_several_files_give_the_same_model(make_container):
    wrapped = zip(LABELS, TEXTS, strict=True)
    records = [{"source": text, "label": label} for label, text in wrapped]
    lines = "\n".join(map(json.dumps, records)).encode()
    text = as_lines(TEXTS, LABELS)
    middle = text.index(b"\n", len(text) // 2)
    halves = {"a": text[:middle], "b": text[middle + 1 :]}
    containers = [
        job(make_container),
        job(make_container, content_type=None),
        job(make_container, lines, content_type=JSON_LINES),
        make_container(SMALL, {"train": halves}, TEXT),
        job(make_container, text.replace(b"\n", b"\r\n")),
        job(make_container, text.replace(b" ", b"\0")),
    ]
    for container in containers:
        train(container)
    models = {(c.model / "model.bin").read_bytes() for c in containers}
    assert len(models) == 1


def test_a_text_read_in_parts_gives_the_same_model(make_container, monkeypatch):
    whole, parts = job(make_container), job(make_container)
    train(whole)
    monkeypatch.setattr(lines, "_CHUNK", 100)
    monkeypatch.setattr(corpus, "_BLOCK", 1000)
    train(parts)
    name = "model.bin"
    assert (whole.model / name).read_bytes() == (parts.model / name).read_bytes()


def test_few_and_many_buckets_predict_alike(make_container):
    """The many are kept in part: so few collide that the rest does not matter."""
    few = trained(make_container, buckets="900000")
    many = trained(make_container, buckets="2000000")
    sizes = [(c.model / "model.bin").stat().st_size for c in (few, many)]
    assert sizes[1] < sizes[0] / 5
    texts = [*labelled(100, seed=2)[0]]
    first = [record["label"] for record in ask(few, texts)]
    second = [record["label"] for record in ask(many, texts)]
    same = sum(a == b for a, b in zip(first, second, strict=True))
    assert same >= 90


def test_early_stopping_keeps_the_best_weights(make_container, capsys):
    # Noise alone: validation accuracy has no reason to rise.
    random = np.random.default_rng(3)
    wrong = [CLASSES[n] for n in random.integers(4, size=800)]
    change = {"early_stopping": "True", "min_epochs": "3", "patience": "2"}
    parts = as_lines(TEXTS, wrong), as_lines(TEXTS[:300], LABELS[:300])
    container = trained(make_container, *parts, epochs="40", **change)
    log = capsys.readouterr().out
    *seen, last = measured(log, METRICS)["validation:accuracy"]
    assert "epoch=2, validation" not in log
    assert "epoch=3, validation" in log
    assert len(seen) < 38
    best = int(np.argmax(seen))
    assert len(seen) == best + 1 + 2
    assert last == seen[best]
    answers = ask(container, TEXTS[:300])
    right = [
        record["label"] == [f"__label__{label}"]
        for record, label in zip(answers, LABELS[:300], strict=True)
    ]
    assert np.mean(right) == pytest.approx(last)


def test_lines_with_several_labels_learn_all(make_container, capsys):
    records = [
        {"source": "goal match goal", "label": [1, "both"]},
        {"source": "bank market bank", "label": 2},
    ] * 200
    lines = "\n".join(map(json.dumps, records)).encode()
    container = trained(make_container, lines, content_type=JSON_LINES)
    assert measured(capsys.readouterr().out, METRICS)["train:accuracy"] == [1.0]
    (goal, bank) = ask(container, ["goal match", "bank market"], k=2)
    assert set(goal["label"]) == {"__label__1", "__label__both"}
    assert min(goal["prob"]) > 0.3
    assert bank["label"][0] == "__label__2"


def test_answers_in_both_formats(make_container):
    container = trained(make_container)
    (record,) = ask(container, [TEXTS[0]])
    assert record.keys() == {"label", "prob"}
    assert len(record["label"]) == len(record["prob"]) == 1
    two, all_ = ask(container, [TEXTS[0]], k=2), ask(container, [TEXTS[0]], k=99)
    assert two[0]["prob"][0] == record["prob"][0] > two[0]["prob"][1]
    assert sorted(all_[0]["label"]) == sorted(f"__label__{c}" for c in CLASSES)
    assert sum(all_[0]["prob"]) == pytest.approx(1)
    lines = [{"source": TEXTS[0]}, {"source": TEXTS[1], "k": 3}]
    body = "\n".join(map(json.dumps, lines)).encode()
    answer, kind = load(container.model).predict(body, JSON_LINES, "text/csv")
    first, second = map(json.loads, answer.splitlines())
    assert kind == JSON_LINES
    assert first == record
    assert len(second["label"]) == 3


def test_the_endpoint_gives_the_accuracy_of_the_job(make_container, capsys):
    container = trained(make_container, validation=as_lines(*labelled(300, seed=2)))
    (told,) = measured(capsys.readouterr().out, METRICS)["validation:accuracy"]
    texts, labels = labelled(300, seed=2)
    pairs = zip(ask(container, texts), labels, strict=True)
    right = [record["label"] == [f"__label__{label}"] for record, label in pairs]
    assert np.mean(right) == pytest.approx(told)


def test_the_binary_has_fasttexts_layout(make_container):
    """What `fasttext dump` and `fasttext predict` read: seen to work with 0.9.3."""
    model = fasttext_file.read(trained(make_container).model / "model.bin")
    arguments, words = model.arguments, model.vocabulary.words
    assert (arguments.dim, arguments.word_ngrams, arguments.bucket) == (16, 2, 5000)
    assert (arguments.loss, arguments.model) == (3, 3)
    assert b"</s>" in words
    assert model.vocabulary.counts == sorted(model.vocabulary.counts, reverse=True)
    assert min(model.vocabulary.counts) >= 2
    assert model.input.shape == (len(words) + 5000, 16)
    assert model.output.shape == (4, 16)


def test_labels_and_lines_that_do_not_fit_are_told(make_container, capsys):
    content = as_lines(TEXTS, LABELS) + b"no label here\n\n"
    parts = content, b"__label__new some words\n" + as_lines(TEXTS[:9], LABELS[:9])
    trained(make_container, *parts, epochs="20")
    log = capsys.readouterr().out
    assert "1 lines of channel 'train' have no label" in log
    assert "1 labels of channel 'validation' are not in channel 'train'" in log
    assert measured(log, METRICS)["validation:accuracy"] == [0.9]


@pytest.mark.parametrize(
    ("content", "content_type", "says"),
    [
        (b"", TEXT, "No data was found in channel 'train'"),
        (b"\n\n", TEXT, "No line of channel 'train' has a label"),
        (b"\n\n", JSON_LINES, "No data was found in channel 'train'"),
        (b"just words\n", TEXT, "No line of channel 'train' has a label"),
        (b"__label__1 a\n" * 9, TEXT, "the one label '__label__1'"),
        (b"__label__1 a\n__label__2 b\n", TEXT, "No word occurs 2 times"),
        (b"__label__1 \xff\xfe\n", TEXT, "is not text in UTF-8"),
        (b"__label__1 a\n", JSON_LINES, "each line has a text 'source' and a 'label'"),
        (b'{"source": "a"}\n', JSON_LINES, "KeyError('label')"),
        (b'{"source": 1, "label": 1}\n', JSON_LINES, "the source 1 is not a text"),
        (b'{"source": "a", "label": 1.5}\n', JSON_LINES, "the label 1.5 is neither"),
        (b'{"source": "a", "label": "b c"}\n', JSON_LINES, "is empty or has blanks"),
        (b"1,a", "text/csv", "text/csv of channel 'train' is not supported"),
    ],
)
def test_bad_data_are_named(make_container, content, content_type, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, content, content_type=content_type))
    assert says in str(error.value)


@pytest.mark.parametrize("content", [b"words alone\n", b"\n"])
def test_validation_data_need_labels(make_container, content):
    with pytest.raises(
        ClientError, match="No line of channel 'validation' has a label"
    ):
        train(job(make_container, validation=content))


def test_early_stopping_needs_validation_data(make_container):
    with pytest.raises(ClientError, match="needs the channel 'validation'"):
        train(job(make_container, early_stopping="True"))


def test_a_rate_that_is_too_large_is_told(make_container):
    with pytest.raises(ClientError, match=r"learning_rate 1e\+38 is too large"):
        train(job(make_container, learning_rate="1e38"))


@pytest.mark.parametrize(
    ("body", "content_type", "status", "says"),
    [
        (b"a b", "text/plain", 415, "text/plain is not supported"),
        (b"a b", JSON, 400, "cannot be read as application/json"),
        (b"[]", JSON, 400, "cannot be read as application/json"),
        (b"{}", JSON, 400, "KeyError('instances')"),
        (b'{"instances": "a"}', JSON, 400, "'instances' is not a list"),
        (b'{"instances": [1]}', JSON, 400, "1 is not a text"),
        (b'{"instances": ["\\ud800"]}', JSON, 400, "surrogates not allowed"),
        (b'{"instances": []}', JSON, 400, "it has no text"),
        (b"\xff", JSON, 400, "cannot be read as application/json"),
        (b'{"source": "a", "k": 0}', JSON_LINES, 400, "k is 0"),
        (b'{"source": "a", "k": "2"}', JSON_LINES, 400, "k is '2'"),
    ],
)
def test_bad_requests_are_refused(make_container, body, content_type, status, says):
    container = trained(make_container, epochs="1")
    with pytest.raises(PayloadError) as error:
        load(container.model).predict(body, content_type, "")
    assert error.value.status == status
    assert says in str(error.value)


def test_an_artefact_of_something_else_is_refused(make_container, tmp_path):
    with pytest.raises(ModelLoadError, match=r"model.bin or vectors.bin is missing"):
        load(tmp_path)
    good = (trained(make_container, epochs="1").model / "model.bin").read_bytes()
    for content, says in (
        (b"", "cut off"),
        (b"something else", "not in fastText's format"),
        (good[:4] + b"\x0b" + good[5:], "version 11"),
        (good[:30], "cut off"),
        (good[:-1], "cut off"),
        (good[:8] + b"\x11" + good[9:], "do not fit"),
        (good[:32] + b"\1" + good[33:], "another loss"),
    ):
        (tmp_path / "model.bin").write_bytes(content)
        with pytest.raises(ModelLoadError, match=says):
            load(tmp_path)
