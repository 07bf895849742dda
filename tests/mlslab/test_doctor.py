import json

import pytest

from mlslab import doctor


def only(look):
    (finding,) = look()
    return finding


def test_here_all_is_well():
    findings = list(doctor.examine())
    assert [str(f) for f in findings if not f.good] == []
    subjects = {finding.subject for finding in findings}
    assert {"Python", "packages", "kernel", "local cloud", "progress"} <= subjects


def test_a_finding_says_how_to_mend_it():
    finding = doctor.Finding("memory", "1 GB", "take a bigger machine")
    assert str(finding) == "MEND  memory: 1 GB\n        → take a bigger machine"


def test_an_old_package(monkeypatch):
    monkeypatch.setattr(
        doctor.importlib.metadata, "requires", lambda _: ["boto3>=999", "none-such>=1"]
    )
    old, missing = doctor.packages()
    assert "pip install 'boto3>=999'" in old.cure
    assert missing.seen == "not installed"


def test_a_folder_that_cannot_be_written(monkeypatch, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("MLSLAB_HOME", str(file / "below"))
    assert "set MLSLAB_HOME" in only(doctor.state).cure


def test_one_failing_look_does_not_end_the_visit(monkeypatch):
    def broken():
        raise RuntimeError("odd")
        yield

    monkeypatch.setattr(doctor, "LOOKS", (broken, doctor.python))
    first, second = doctor.examine()
    assert first.seen == "RuntimeError: odd"
    assert not first.good
    assert second.good


def test_too_little_of_everything(monkeypatch):
    monkeypatch.setattr(doctor, "FREE_DISK_GB", 10**9)
    monkeypatch.setattr(doctor, "MEMORY_GB", 10**9)
    monkeypatch.setattr(doctor, "PYTHON", (99, 0))
    assert all(not finding.good for finding in doctor.disk())
    assert not only(doctor.memory).good
    assert "install Python 99.0" in only(doctor.python).cure


def test_the_kernel_of_another_python(monkeypatch, tmp_path):
    from jupyter_client.kernelspec import KernelSpecManager

    (tmp_path / "kernel.json").write_text(json.dumps({"argv": ["/other/python"]}))
    found = {"python3": str(tmp_path)}
    monkeypatch.setattr(KernelSpecManager, "find_kernel_specs", lambda _: found)
    assert "ipykernel install" in only(doctor.kernel).cure
    found.clear()
    assert only(doctor.kernel).seen == "there is no kernel python3"


def test_no_studio_no_findings():
    assert list(doctor.studio()) == []


@pytest.mark.parametrize(
    ("version", "role", "bad"),
    [
        ("4.4.0", "arn:role", []),
        ("3.9.1", "arn:role", ["Studio image"]),
        ("", "", ["Studio role"]),
    ],
)
def test_studio(monkeypatch, tmp_path, version, role, bad):
    told = tmp_path / "m.json"
    told.write_text(json.dumps({"ExecutionRoleArn": role} if role else {}))
    monkeypatch.setattr(doctor, "STUDIO_METADATA", told)
    monkeypatch.setenv("IMAGE_VERSION", version)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    findings = list(doctor.studio())
    assert [f.subject for f in findings if not f.good] == bad
    assert findings[-1].seen.startswith("found")
