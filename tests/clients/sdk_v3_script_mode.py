"""Run two train.py with SDK v3's drivers: one passes, one fails.

usage: sdk_v3_script_mode.py FOLDER
"""

import sys
from pathlib import Path

from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import get_execution_role
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, SourceCode

source = Path(sys.argv[1]) / "source"
source.mkdir()
(source / "train.py").write_text(
    "import argparse, os\n"
    "parser = argparse.ArgumentParser()\n"
    "parser.add_argument('--max_depth', type=int)\n"
    "depth = parser.parse_args().max_depth\n"
    "print('data:', sorted(os.listdir(os.environ['SM_CHANNEL_TRAIN'])))\n"
    "if depth == 9:\n"
    "    raise ValueError('the tree is too deep')\n"
    "with open(os.path.join(os.environ['SM_MODEL_DIR'], 'depth'), 'w') as file:\n"
    "    file.write(str(depth))\n"
)


def train(depth: int) -> str:
    """Train and return the artefact's address."""
    trainer = ModelTrainer(
        training_image=image_uris.retrieve(
            "xgboost", region="us-east-1", version="3.0-5"
        ),
        role=get_execution_role(),
        base_job_name=f"script-{depth}",
        hyperparameters={"max_depth": depth},
        source_code=SourceCode(source_dir=str(source), entry_script="train.py"),
        compute=Compute(instance_type="ml.m5.xlarge", instance_count=1),
    )
    data = [
        InputData(
            channel_name="train", data_source=str(Path(sys.argv[1]) / "train.csv")
        )
    ]
    trainer.train(input_data_config=data)
    job = trainer._latest_training_job
    assert job.training_job_status == "Completed"
    return job.model_artifacts.s3_model_artifacts


assert train(3).endswith("/output/model.tar.gz")
try:
    train(9)
except Exception as error:
    assert "Failure Reason: AlgorithmError" in str(error), error
    assert "ValueError" in str(error) or "CalledProcessError" in str(error), error
else:
    raise AssertionError("a failing script must not pass")
print("both ended as they should")
