"""The container contract: what a training or serving program finds under /opt/ml.

Source: "How Amazon SageMaker AI Provides Training Information",
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RENDEZVOUS = "CLOUDLET_RENDEZVOUS"
"""The variable that tells the hosts of a job where `algo-1` listens, `127.0.0.1:34567`:
here no names lead from one host to another."""


@dataclass(frozen=True)
class Container:
    """The folders of one container; `root` is what the program sees as /opt/ml."""

    root: Path

    @property
    def config(self) -> Path:
        """hyperparameters.json, inputdataconfig.json and resourceconfig.json."""
        return self.root / "input" / "config"

    @property
    def model(self) -> Path:
        """What the program leaves here becomes model.tar.gz."""
        return self.root / "model"

    @property
    def output(self) -> Path:
        """`failure`, and `data/`, which becomes output.tar.gz."""
        return self.root / "output"

    @property
    def failure(self) -> Path:
        """The text that a failing program leaves for `FailureReason`."""
        return self.output / "failure"

    @property
    def checkpoints(self) -> Path:
        """Kept in S3 while the job runs, and brought back when it is resumed."""
        return self.root / "checkpoints"

    def channel(self, name: str) -> Path:
        """The folder of an input channel, in File mode."""
        return self.root / "input" / "data" / name

    def hyperparameters(self) -> dict[str, str]:
        """The job's hyperparameters; the values are strings, as on AWS."""
        return dict(self._read("hyperparameters"))

    def input_data_config(self) -> dict[str, dict[str, Any]]:
        """Channel name → `ContentType`, `TrainingInputMode`, …."""
        return dict(self._read("inputdataconfig"))

    def resource_config(self) -> dict[str, Any]:
        """`current_host`, `hosts`, `network_interface_name`, …."""
        return self._read("resourceconfig")

    def _read(self, name: str) -> dict[str, Any]:
        path = self.config / f"{name}.json"
        loaded: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return loaded


class ClientError(Exception):
    """The customer's input is at fault: the job fails with `ClientError: …`."""


class AlgorithmError(Exception):
    """The program is at fault: the job fails with `AlgorithmError: …`."""
