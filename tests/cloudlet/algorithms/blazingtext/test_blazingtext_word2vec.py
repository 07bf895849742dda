import json
import re
import sys

import numpy as np
import pytest
from built_in import measured
from planted_texts import PAIRS, sentences

from cloudlet.algorithms.blazingtext import METRICS, corpus
from cloudlet.algorithms.blazingtext.serve import load
from cloudlet.algorithms.blazingtext.train import train
from cloudlet.algorithms.blazingtext.vocabulary import character_ngrams
from cloudlet.runner.container import ClientError

models = pytest.importorskip("gensim.models", reason="gensim is of the extra `deep`")
fasttext = pytest.importorskip("gensim.models.fasttext")
datapath = pytest.importorskip("gensim.test.utils").datapath

JSON, JSON_LINES = "application/json", "application/jsonlines"
LINES = sentences()
SMALL = {
    "mode": "skipgram",
    "epochs": "8",
    "vector_dim": "24",
    "window_size": "9",
    "sampling_threshold": "0.01",
    "evaluation": "False",
}
SUBWORDS = {"subwords": "True", "buckets": "3000"}


def job(make, content=None, content_type="text/plain", hosts=1, **change):
    text = "\n".join(LINES).encode() if content is None else content
    return make({**SMALL, **change}, {"train": {"a": text}}, content_type, hosts=hosts)


def trained(make, content=None, **change):
    container = job(make, content, **change)
    train(container)
    return container


def opened(container):
    return models.KeyedVectors.load_word2vec_format(
        str(container.model / "vectors.txt")
    )


def ask(container, words):
    body = json.dumps({"instances": words}).encode()
    answer, kind = load(container.model).predict(body, JSON, "")
    assert kind == JSON
    told = json.loads(answer)
    assert [record["word"] for record in told] == words
    return np.array([record["vector"] for record in told])


@pytest.mark.parametrize(
    ("mode", "more"),
    [
        ("skipgram", {}),
        ("batch_skipgram", {"batch_size": "19"}),
        ("cbow", {"epochs": "15"}),
        ("skipgram", SUBWORDS),
        ("cbow", {"epochs": "15", **SUBWORDS}),
    ],
)
def test_planted_synonyms_are_nearest_neighbours(make_container, mode, more):
    vectors = opened(trained(make_container, mode=mode, **more))
    for pair in (*PAIRS, *(reversed(pair) for pair in PAIRS)):
        word, other = pair
        assert vectors.most_similar(word, topn=1)[0][0] == other


@pytest.mark.parametrize("more", [{}, SUBWORDS, {"subwords": "True"}])
def test_the_endpoint_gives_the_vectors_of_the_text_file(make_container, more):
    container = trained(make_container, epochs="1", **more)
    vectors = opened(container)
    assert len(vectors) == len({w for line in LINES for w in line.split()})
    answer = ask(container, list(vectors.index_to_key))
    np.testing.assert_allclose(answer, vectors.vectors, rtol=1e-4, atol=1e-6)


def test_json_lines_are_answered_by_json_lines(make_container):
    container = trained(make_container, epochs="1")
    body = b'{"source": "big"}\n{"source": "large", "k": 2}\n'
    answer, kind = load(container.model).predict(body, JSON_LINES, JSON)
    assert kind == JSON_LINES
    records = [json.loads(line) for line in answer.splitlines()]
    assert [record["word"] for record in records] == ["big", "large"]
    told = np.array([record["vector"] for record in records])
    np.testing.assert_array_equal(told, ask(container, ["big", "large"]))


def test_an_unknown_word_is_zero_without_subwords(make_container):
    assert not ask(trained(make_container, epochs="1"), ["unheard"]).any()


@pytest.mark.parametrize("buckets", ["3000", "2000000"])
def test_an_unknown_word_has_the_vector_of_its_subwords(make_container, buckets):
    """Inflected forms that the text does not have are near those that it has."""
    change = {**SUBWORDS, "buckets": buckets, "epochs": "4"}
    container = trained(make_container, **change)
    known = [word for pair in PAIRS for word in pair if len(word) > 4]
    vectors = ask(container, known)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    likeness = ask(container, [f"{word}s" for word in known]) @ vectors.T
    assert likeness.argmax(axis=1).tolist() == list(range(len(known)))


def test_gensim_reads_the_binary_and_agrees_on_unknown_words(make_container):
    container = trained(make_container, epochs="2", min_char="1", **SUBWORDS)
    theirs = fasttext.load_facebook_vectors(str(container.model / "vectors.bin"))
    words = ["big", "physicians", "wörter", "日本"]
    expected = np.array([theirs[word] for word in words])
    np.testing.assert_allclose(ask(container, words), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("lengths", [(3, 6), (1, 2), (2, 2)])
def test_subwords_are_those_of_fasttext(lengths):
    for word in ("a", "where", "größe", "日本語"):
        ours = [value % 1000 for value in character_ngrams(word, *lengths)]
        assert sorted(ours) == sorted(fasttext.ft_ngram_hashes(word, *lengths, 1000))


@pytest.mark.parametrize("more", [{}, SUBWORDS])
def test_the_same_data_give_the_same_bytes(make_container, more):
    contents = []
    for _ in range(2):
        model = trained(make_container, epochs="2", **more).model
        contents.append([path.read_bytes() for path in sorted(model.iterdir())])
    assert len(contents[0]) == 2
    assert contents[0] == contents[1]


def test_several_files_are_one_text(make_container):
    text = "\n".join(LINES).encode() + b"\n"
    middle = text.index(b"\n", len(text) // 2) + 1
    files = {"a": text[:middle], "b": text[middle:]}
    split = make_container({**SMALL, "epochs": "1"}, {"train": files}, None)
    train(split)
    whole = trained(make_container, text, epochs="1")
    name = "vectors.txt"
    assert (split.model / name).read_bytes() == (whole.model / name).read_bytes()


def test_a_text_of_one_line_is_read_in_parts(make_container, monkeypatch):
    monkeypatch.setattr(corpus, "_BLOCK", 64)
    monkeypatch.setattr(corpus, "_LONGEST", 3)
    container = job(make_container, b"one two  three four\n" + b"abcdefg hij " * 30)
    found = list(corpus.Sentences(container, "train"))
    assert found[:2] == [["one", "two", "three"], ["four"]]
    assert max(map(len, found)) == 3
    assert [word for part in found[2:] for word in part] == ["abcdefg", "hij"] * 30


def test_rare_words_are_left_out(make_container):
    text = "\n".join(LINES).encode() + b"\nrare rare rare rare\n"
    container = trained(make_container, text, epochs="1")
    assert "rare" not in opened(container)
    assert not ask(container, ["rare"]).any()
    assert "rare" in opened(trained(make_container, text, epochs="1", min_count="4"))


def test_evaluation_measures_the_file_on_ws353(make_container, capsys):
    """Words that are alike for people stand together here, the others apart."""
    random = np.random.default_rng(2)
    with open(datapath("wordsim353.tsv")) as file:
        rows = [line.lower().split() for line in file if not line.startswith("#")]
    text = [
        f"{first} x{number} {second} x{number}"
        for number, (first, second, score) in enumerate(rows[:150])
        for _ in range(int(float(score)) + 1)
    ]
    content = "\n".join(random.permutation(text)).encode()
    change = {"evaluation": "True", "min_count": "1", "epochs": "30"}
    container = trained(make_container, content, **change)
    (rho,) = measured(capsys.readouterr().out, METRICS)["train:mean_rho"]
    told = json.loads((container.model / "eval.json").read_text())
    assert told["mean_rho"] == told["EN-WS-353-ALL.txt"]["spearmans_rho"] == rho
    assert told["EN-WS-353-ALL.txt"]["total_pairs"] == len(rows) == 353
    words = {word for line in text for word in line.split()}
    missing = sum(not {first, second} <= words for first, second, _ in rows)
    assert told["EN-WS-353-ALL.txt"]["not_found"] == missing
    _, theirs, _ = opened(container).evaluate_word_pairs(datapath("wordsim353.tsv"))
    assert rho == pytest.approx(theirs[0], abs=1e-3)


def test_a_text_without_its_words_is_not_evaluated(make_container, capsys):
    container = trained(make_container, evaluation="True", epochs="1")
    log = capsys.readouterr().out
    assert "no mean_rho" in log
    assert not measured(log, METRICS)
    assert not (container.model / "eval.json").exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "No data was found in channel 'train'"),
        (b"one two three\n", "No word occurs 5 times in channel 'train'"),
        (b"\n \n", "No word occurs 5 times"),
        (b"\xff\xfe words\n" * 9, "is not text in UTF-8"),
    ],
)
def test_bad_data_are_named(make_container, content, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, content))
    assert says in str(error.value)


def test_json_lines_are_for_supervised(make_container):
    with pytest.raises(ClientError, match="use text/plain"):
        train(job(make_container, content_type=JSON_LINES))


def test_without_gensim_the_job_says_what_to_do(make_container, monkeypatch):
    monkeypatch.setitem(sys.modules, "gensim", None)
    monkeypatch.setitem(sys.modules, "gensim.models", None)
    with pytest.raises(ClientError, match=re.escape("run `make deep`, or `pip")):
        train(job(make_container))


def test_only_batch_skipgram_runs_on_several_instances(make_container):
    with pytest.raises(ClientError, match="trains on a single instance"):
        train(job(make_container, hosts=2))
    wrote = []
    for host in ("algo-1", "algo-2"):
        container = job(make_container, hosts=2, mode="batch_skipgram", epochs="1")
        resources = {"current_host": host, "hosts": ["algo-1", "algo-2"]}
        (container.config / "resourceconfig.json").write_text(json.dumps(resources))
        train(container)
        wrote.append((container.model / "vectors.txt").exists())
    assert wrote == [True, False]


def test_sharded_data_are_refused(make_container):
    container = job(make_container, hosts=2, mode="batch_skipgram")
    path = container.config / "inputdataconfig.json"
    config = json.loads(path.read_text())
    config["train"]["S3DistributionType"] = "ShardedByS3Key"
    path.write_text(json.dumps(config))
    with pytest.raises(ClientError, match="has to be FullyReplicated"):
        train(container)
