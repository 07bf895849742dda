import json

import numpy as np
import pytest
from built_in import answers, measured
from log_ins import LogIns, csv
from sklearn.metrics import roc_auc_score

from cloudlet.algorithms.ip_insights import METRICS
from cloudlet.algorithms.ip_insights.hyperparameters import TABLE
from cloudlet.algorithms.ip_insights.serve import load
from cloudlet.algorithms.ip_insights.train import train
from cloudlet.algorithms.serving import ModelLoadError, PayloadError
from cloudlet.runner.container import ClientError

AUC = "validation:discriminator_auc"
LOG_INS = LogIns()
SEEN, NEW, STOLEN = LOG_INS.real(12000), LOG_INS.real(1000), LOG_INS.stolen(1000)
SMALL = SEEN[:600]


def job(make, content=None, content_type="text/csv", validation=None, **more):
    given = {
        "num_entity_vectors": "20000",
        "vector_dim": "8",
        "mini_batch_size": "100",
        "learning_rate": "0.01",
        "epochs": "1",
        **more,
    }
    files = {"a.csv": csv(SMALL)} if content is None else content
    files = files if isinstance(files, dict) else {"a.csv": files}
    channels = {"train": files}
    if validation is not None:
        channels["validation"] = {"a.csv": validation}
    return make(given, channels, content_type)


def scores(predictor, pairs):
    body, kind = predictor.predict(csv(pairs), "text/csv", "application/json")
    return np.array([r["dot_product"] for r in answers(body, kind, "predictions")])


@pytest.fixture(scope="module")
def trained(tmp_path_factory, make_container_in):
    """A model that has learnt SEEN, and what its job printed."""
    from contextlib import redirect_stdout
    from io import StringIO

    make = make_container_in(tmp_path_factory.mktemp("ip"))
    container = job(
        make,
        csv(SEEN),
        validation=csv(NEW),
        vector_dim="32",
        mini_batch_size="500",
        epochs="4",
        batch_metrics_publish_interval="10",
    )
    with redirect_stdout(StringIO()) as printed:
        train(container)
    return load(container.model), printed.getvalue()


def test_the_discriminator_tells_real_pairs_from_made_ones(trained):
    found = measured(trained[1], METRICS)[AUC]
    assert len(found) == 4
    assert found[-1] == max(found) >= 0.95


def test_stolen_accounts_score_below_zero_and_real_log_ins_above(trained):
    real, stolen = scores(trained[0], NEW), scores(trained[0], STOLEN)
    assert np.mean(stolen < 0) >= 0.9
    assert np.mean(real > 0) >= 0.9
    truth = np.repeat([True, False], 1000)
    assert roc_auc_score(truth, np.concatenate([real, stolen])) >= 0.97


def test_it_is_the_pairing_that_counts(trained):
    """Somebody else's addresses are as bad for an account as a thief's."""
    others = [(NEW[n - 1][0], address) for n, (_, address) in enumerate(NEW)]
    assert np.mean(scores(trained[0], others) < 0) >= 0.9


def test_an_unknown_entity_scores_zero_and_an_unknown_range_below(trained):
    assert scores(trained[0], [("nobody", NEW[0][1])]).tolist() == [0.0]
    unknown = [(entity, f"240.{n % 256}.7.9") for n, (entity, _) in enumerate(NEW)]
    assert np.mean(scores(trained[0], unknown) < 0) >= 0.95


def test_progress_is_logged(trained):
    assert trained[1].count("Epoch[0] Batch [10] Speed: ") == 1
    assert trained[1].count("Epoch[0] Batch [") == 2
    losses = [
        float(line.rsplit("=")[-1])
        for line in trained[1].splitlines()
        if "cross-entropy" in line
    ]
    assert losses == sorted(losses, reverse=True)
    assert losses[0] < np.log(2) + 0.1
    assert losses[-1] < 0.3


@pytest.mark.parametrize(
    ("layers", "rates"),
    [("0", ("1", "1")), ("3", ("2", "1")), ("1", ("0", "2")), ("1", ("2", "0"))],
)
def test_layers_and_rates_all_learn(make_container, capsys, layers, rates):
    container = job(
        make_container,
        csv(SEEN[:5000]),
        validation=csv(NEW),
        epochs="4",
        num_ip_encoder_layers=layers,
        random_negative_sampling_rate=rates[0],
        shuffled_negative_sampling_rate=rates[1],
    )
    train(container)
    found = measured(capsys.readouterr().out, METRICS)[AUC]
    # Either kind of samples alone leaves the other kind unlearnt.
    low, high = (0.75, 0.88) if "0" in rates else (0.9, 1)
    assert low < found[-1] < high


def test_weight_decay_keeps_scores_small(make_container):
    sizes = []
    for decay in ("0", "1"):
        container = job(make_container, weight_decay=decay, epochs="5")
        train(container)
        sizes.append(np.abs(scores(load(container.model), SMALL)).mean())
    assert sizes[1] < 0.7 * sizes[0]


def test_few_vectors_are_shared(make_container):
    container = job(make_container, num_entity_vectors="1")
    train(container)
    address = SMALL[0][1]
    found = scores(load(container.model), [("a", address), ("b", address)])
    assert found[0] == found[1] != 0


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (csv(SMALL), None),
        (csv(SMALL), "text/csv;label_size=0"),
        (csv(SMALL).replace(b"\n", b"\r\n"), "text/csv"),
        (b"\n" + csv(SMALL).strip(), "text/csv"),
        (csv(SMALL).replace(b",", b", "), "text/csv"),
        (b"".join(b'"%b"\n' % r.replace(b",", b'","') for r in csv(SMALL).split()), ""),
        ({"a.csv": csv(SMALL[:200]), "b/c.csv": csv(SMALL[200:]), "d": b""}, ""),
    ],
    ids=["no type", "label_size", "CRLF", "no last end", "blanks", "quotes", "files"],
)
def test_every_form_of_csv_gives_the_same_model(make_container, content, content_type):
    models = []
    for given, kind in ((csv(SMALL), "text/csv"), (content, content_type)):
        container = job(make_container, given, kind)
        train(container)
        models.append((container.model / "model_algo-1").read_bytes())
    assert models[0] == models[1]


def test_other_data_give_another_model(make_container):
    models = []
    for pairs in (SMALL, SMALL[1:]):
        container = job(make_container, csv(pairs))
        train(container)
        models.append(scores(load(container.model), SMALL[:5]).tolist())
    assert models[0] != models[1]


def test_only_the_first_host_trains_on_replicated_data(make_container):
    container = job(make_container)
    config = {"current_host": "algo-2", "hosts": ["algo-1", "algo-2"]}
    (container.config / "resourceconfig.json").write_text(json.dumps(config))
    train(container)
    assert not container.model.exists()


def requests(pairs):
    lists = [list(pair) for pair in pairs]
    tensors = [{"data": {"features": {"values": pair}}} for pair in lists]
    plain = [{"features": pair} for pair in lists]
    return [
        ("text/csv", csv(pairs)),
        ("", csv(pairs)),
        ("text/csv", csv(pairs).replace(b",", b" , ")),
        ("application/json", json.dumps({"instances": tensors}).encode()),
        ("application/json", json.dumps({"instances": plain}).encode()),
        ("application/jsonlines", "\n".join(map(json.dumps, plain)).encode()),
        ("application/jsonlines", "\n".join(map(json.dumps, tensors)).encode()),
    ]


@pytest.mark.parametrize("accept", ["", "*/*", "application/json;verbose=false"])
def test_every_request_gets_the_same_dot_products(trained, accept):
    expected = [{"dot_product": score} for score in scores(trained[0], NEW[:5])]
    for content_type, body in requests(NEW[:5]):
        answer, kind = trained[0].predict(body, content_type, accept)
        assert kind == "application/json"
        assert json.loads(answer) == {"predictions": expected}


def test_a_lone_record_is_taken_as_one_instance(trained):
    body = json.dumps({"features": list(NEW[0])}).encode()
    told = answers(*trained[0].predict(body, "application/json", ""), "predictions")
    assert [r["dot_product"] for r in told] == scores(trained[0], NEW[:1]).tolist()


@pytest.mark.parametrize("kind", ["application/json", "application/jsonlines"])
@pytest.mark.parametrize("verbose", ["", ";verbose=True", "; verbose=True"])
def test_verbose_answers_have_both_embeddings(trained, kind, verbose):
    answer, answered = trained[0].predict(csv(NEW[:5]), "text/csv", kind + verbose)
    assert answered == kind
    told = answers(answer, kind, "predictions")
    assert [r["dot_product"] for r in told] == scores(trained[0], NEW[:5]).tolist()
    names = (
        {"dot_product", "entity_embedding", "ip_embedding"}
        if verbose
        else {"dot_product"}
    )
    for record in told:
        assert record.keys() == names
        if verbose:
            entity = np.array(record["entity_embedding"])
            assert entity.shape == (32,)
            assert entity @ record["ip_embedding"] == pytest.approx(
                record["dot_product"], abs=1e-4
            )


def test_numbers_name_entities_as_their_texts_do(make_container):
    container = job(make_container, b"7,1.2.3.4\n8,5.6.7.8\n" * 20)
    train(container)
    predictor = load(container.model)
    body = b'{"instances": [{"features": [7, "1.2.3.4"]}]}'
    told = answers(*predictor.predict(body, "application/json", ""), "predictions")
    assert told[0]["dot_product"] == scores(predictor, [("7", "1.2.3.4")])[0] != 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"vector_dim": "3"}, "3 is less than the minimum of 4"),
        ({"vector_dim": "4097"}, "4097 is greater than the maximum of 4096"),
        ({"num_entity_vectors": "0"}, "0 is less than the minimum of 1"),
        ({"learning_rate": "0"}, "0.0 is less than the minimum of 1e-06"),
        ({"epochs": "many"}, "'many' is not of type 'integer'"),
        ({"num_ip_encoder_layers": "101"}, "101 is greater than the maximum of 100"),
        ({"random_negative_sampling_rate": "500"}, "and 500 + 1 is 501"),
        (
            dict.fromkeys(
                ("random_negative_sampling_rate", "shuffled_negative_sampling_rate"),
                "0",
            ),
            "shuffled_negative_sampling_rate must be in [1, 500], and 0 + 0 is 0",
        ),
        ({"num_trees": "2"}, "('num_trees' was unexpected)"),
    ],
)
def test_bad_hyperparameters_are_named(make_container, change, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, **change))
    assert says in str(error.value)


@pytest.mark.parametrize("name", ["num_entity_vectors", "vector_dim"])
def test_missing_hyperparameters_are_required(make_container, name):
    given = {"num_entity_vectors": "10", "vector_dim": "8"}
    del given[name]
    with pytest.raises(ClientError, match=f"'{name}' is a required property"):
        train(make_container(given, {"train": {"a": csv(SMALL)}}))


def test_defaults_are_awss():
    values = TABLE.validate({"num_entity_vectors": "10", "vector_dim": "8"})
    assert values["mini_batch_size"] == 10_000
    assert (values["epochs"], values["learning_rate"]) == (10, 0.001)
    assert values["weight_decay"] == 0.00001


def test_a_learning_rate_too_high_is_named(make_container):
    container = job(
        make_container, learning_rate="10", num_ip_encoder_layers="40", epochs="3"
    )
    with pytest.raises(ClientError, match=r"diverged.* lower learning_rate"):
        train(container)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "No data was found in channel 'train'"),
        (b"user,ip\nu,1.2.3.4\n", "'a.csv': row 1: 'ip' is not an IPv4 address"),
        (b"u,1.2.3.4\nu,1.2.3.256\n", "row 2: '1.2.3.256' is not an IPv4 address"),
        (b"u,1.2.3\n", "row 1: '1.2.3' is not an IPv4"),
        (b"u,01.2.3.4\n", "'01.2.3.4' is not an IPv4"),
        (b"u,2001:db8::1\n", "'2001:db8::1' is not an IPv4"),
        (b"u,16909060\n", "'16909060' is not an IPv4"),
        (b"u,\n", "row 1: '' is not an IPv4"),
        (b"u,1.2.3.4\n ,1.2.3.4\n", "row 2: '' is an empty entity"),
        (b",1.2.3.4\n", "row 1: '' is an empty entity"),
        (b"1.2.3.4\n", "Expected 2 columns, got 1: 1.2.3.4"),
        (b"u,1.2.3.4,3\n", "Expected 2 columns, got 3: u,1.2.3.4,3"),
        (b"u,1.2.3.4\nu,1.2.3.4,3\n", "Expected 2 columns, got 3"),
        (b"u,1.2.3.4\nu\n", "Expected 2 columns, got 1"),
        (b"\xff\xfe,1.2.3.4\n", "invalid UTF8"),
    ],
)
def test_bad_data_are_named(make_container, content, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, content))
    assert says in str(error.value)
    assert "channel 'train'" in str(error.value)


def test_bad_validation_data_are_named(make_container):
    with pytest.raises(ClientError, match=r"channel 'validation'.*row 1: 'b' is not"):
        train(job(make_container, validation=b"a,b\n"))


@pytest.mark.parametrize(
    ("content_type", "says"),
    [
        ("application/x-recordio-protobuf", "is not supported: use text/csv"),
        ("text/csv;label_size=1", "asks for a label"),
    ],
)
def test_other_content_types_are_refused(make_container, content_type, says):
    with pytest.raises(ClientError, match=says):
        train(job(make_container, content_type=content_type))


def test_pipe_mode_is_refused(make_container):
    container = job(make_container)
    config = {"train": {"TrainingInputMode": "Pipe", "ContentType": "text/csv"}}
    (container.config / "inputdataconfig.json").write_text(json.dumps(config))
    with pytest.raises(ClientError, match="Channel 'train' asks for Pipe mode"):
        train(container)


@pytest.mark.parametrize(
    ("body", "content_type", "accept", "status", "says"),
    [
        (b"u,1.2.3", "text/csv", "", 400, "row 1: '1.2.3' is not an IPv4 address"),
        (b"u,1.2.3.4\n,1.2.3.4", "text/csv", "", 400, "row 2: '' is an empty entity"),
        (b"u", "text/csv", "", 400, "Expected 2 columns, got 1: u"),
        (b"", "text/csv", "", 400, "cannot be read as text/csv: Empty CSV file"),
        (b"{}", "application/json", "", 400, "'features' is missing"),
        (b"[]", "application/json", "", 400, "cannot be read as application/json"),
        (b"x", "application/json", "", 400, "cannot be read as application/json"),
        (b'{"instances": []}', "application/json", "", 400, "it has no row"),
        (b'{"features": ["u"]}', "application/jsonlines", "", 400, "row 1 has 1 val"),
        (
            b'{"features": [1.5, "1.2.3.4"]}',
            "application/jsonlines",
            "",
            400,
            "row 1: 1.5 is not a text",
        ),
        (b"u,1.2.3.4", "application/x-recordio-protobuf", "", 415, "is not supported"),
        (b"u,1.2.3.4", "text/csv", "text/csv", 406, "use one of application/json"),
    ],
)
def test_bad_requests_are_refused(trained, body, content_type, accept, status, says):
    with pytest.raises(PayloadError) as error:
        trained[0].predict(body, content_type, accept)
    assert error.value.status == status
    assert says in str(error.value)


def test_an_artefact_of_something_else_is_refused(tmp_path):
    with pytest.raises(ModelLoadError, match="model_algo-1 is missing"):
        load(tmp_path)
    text = np.frombuffer(b"{}", np.uint8)
    with (tmp_path / "model_algo-1").open("wb") as file:
        np.savez(file, about=text, centers=np.zeros((2, 2)))
    with pytest.raises(ModelLoadError, match=r"has no .*entity_slots.* of another"):
        load(tmp_path)
