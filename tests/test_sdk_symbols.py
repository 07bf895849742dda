"""Every symbol of SDK v3's that the course names can be imported.

The names are those of the table that the labs show beside v2's, and whatever the
solutions import.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: Module -> names, as the v2 → v3 table gives them.
TABLE = {
    "sagemaker.core.helper.session_helper": ("Session", "get_execution_role"),
    "sagemaker.core.image_uris": ("retrieve",),
    "sagemaker.core.model_monitor": ("DataCaptureConfig", "DefaultModelMonitor"),
    "sagemaker.core.parameter": (
        "CategoricalParameter",
        "ContinuousParameter",
        "IntegerParameter",
    ),
    "sagemaker.core.processing": (
        "FrameworkProcessor",
        "ProcessingInput",
        "ProcessingS3Input",
        "ScriptProcessor",
    ),
    "sagemaker.core.resources": ("Endpoint", "EndpointConfig", "Model", "TrainingJob"),
    "sagemaker.core.shapes": ("ContainerDefinition", "ProductionVariant"),
    "sagemaker.core.transformer": ("Transformer",),
    "sagemaker.core.workflow": (),
    "sagemaker.mlops.feature_store": (),
    "sagemaker.mlops.workflow.pipeline": ("Pipeline",),
    "sagemaker.mlops.workflow.steps": ("ProcessingStep", "TrainingStep"),
    "sagemaker.serve": ("ModelBuilder",),
    "sagemaker.train": ("ModelTrainer",),
    "sagemaker.train.configs": (
        "Compute",
        "InputData",
        "Networking",
        "OutputDataConfig",
        "SourceCode",
        "StoppingCondition",
    ),
    "sagemaker.train.distributed": ("MPI", "SMP", "Torchrun"),
    "sagemaker.train.tuner": ("HyperparameterTuner",),
}
#: Named by AWS's migration guide, and not there: the course must not name them.
NOWHERE = (
    "sagemaker.mlops.pipeline",
    "sagemaker.mlops.steps",
    "sagemaker.mlops.processing",
    "sagemaker.wrangler",
)


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one, `import sagemaker.serve` and `sagemaker.mlops` fail."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def imported() -> Iterator[tuple[str, str, str]]:
    """(solution, module, name) of what solutions import from SDK v3."""
    for path in sorted((ROOT / "solutions").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and _is_sdk(node.module or ""):
                for alias in node.names:
                    yield path.stem, node.module or "", alias.name
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if _is_sdk(alias.name):
                        yield path.stem, alias.name, ""


def _is_sdk(module: str) -> bool:
    return module.partition(".")[0] == "sagemaker"


def has(module: str, name: str) -> bool:
    """Whether `from module import name` works; a name may be a module itself."""
    if hasattr(importlib.import_module(module), name):
        return True
    try:
        importlib.import_module(f"{module}.{name}")
    except ModuleNotFoundError:
        return False
    return True


@pytest.mark.parametrize("module", TABLE)
def test_the_tables_symbols_are_there(module: str) -> None:
    importlib.import_module(module)
    assert [name for name in TABLE[module] if not has(module, name)] == []


def test_the_solutions_symbols_are_there() -> None:
    found = list(imported())
    missing = [(s, m, n) for s, m, n in found if n and not has(m, n)]
    for _, module, _ in found:
        importlib.import_module(module)
    assert missing == []


@pytest.mark.parametrize("module", NOWHERE)
def test_what_the_migration_guide_names_and_is_not_there(module: str) -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(module)


def test_endpoints_are_invoked_as_the_table_says() -> None:
    from inspect import signature

    from sagemaker.core.resources import Endpoint
    from sagemaker.serve import ModelBuilder
    from sagemaker.train import ModelTrainer

    assert "target_model" in signature(Endpoint.invoke).parameters
    assert "input_data_config" in signature(ModelTrainer.train).parameters
    assert callable(ModelBuilder.build)
    assert callable(ModelBuilder.deploy)
