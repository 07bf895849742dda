"""Mistakes of lab 302, as learners make them."""

import numpy as np

from mlslab.rehearsal import Mistake

_REQUEST = """
    trainer = ModelTrainer(
        training_image=image,
        role=role,
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        hyperparameters={hyperparameters},
        stopping_condition={condition},
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{{bucket}}/models/"),
        base_job_name="{name}",
        sagemaker_session=session,
    )
    trainer.train(input_data_config=[{channels}], logs=False)
    job_name = trainer._latest_training_job.training_job_name
"""
_HYPERPARAMETERS = {
    "objective": "binary:logistic",
    "eval_metric": "auc,logloss",
    "num_round": 300,
    "max_depth": 3,
    "eta": 0.3,
    "early_stopping_rounds": 20,
}


def _request(
    name: str,
    channels: str = "train_channel, validation_channel",
    condition: str = "StoppingCondition(max_runtime_in_seconds=900)",
    **changes: object,
) -> str:
    return _REQUEST.format(
        name=name,
        channels=channels,
        condition=condition,
        hyperparameters={**_HYPERPARAMETERS, **changes},
    )


_CSV = (
    Mistake(
        check="csv",
        name="header left in",
        answer="""
            return table[["malignant", *feature_names]].to_csv(index=False)
        """,
        says="names of the columns into the first line",
    ),
    Mistake(
        check="csv",
        name="index left in",
        answer="""
            return table[["malignant", *feature_names]].to_csv(header=False)
        """,
        says="the table's index is among them",
    ),
    Mistake(
        check="csv",
        name="label last",
        answer="return table.to_csv(header=False, index=False)",
        says="the row's label is 1",
    ),
    Mistake(
        check="csv",
        name="label left out",
        answer="return table[feature_names].to_csv(header=False, index=False)",
        says="the table has 31 columns",
    ),
    Mistake(
        check="csv",
        name="nothing returned",
        answer='table.to_csv("/dev/null", header=False, index=False)',
        says="gives a NoneType",
    ),
    Mistake(
        check="csv",
        name="the first row again and again",
        answer="""
            first = table[["malignant", *feature_names]].head(1)
            return first.to_csv(header=False, index=False) * len(table)
        """,
        hidden="other_tables",
    ),
    Mistake(
        check="csv",
        name="a hundred rows will do",
        answer="""
            some = table[["malignant", *feature_names]].head(100)
            return some.to_csv(header=False, index=False)
        """,
        hidden="all_rows_stored",
    ),
)

_SWAPPED = """
    InputData(
        channel_name="train", data_source=validation_uri, content_type="text/csv"
    ),
    InputData(
        channel_name="validation", data_source=train_uri, content_type="text/csv"
    ),
"""

_TRAIN = (
    Mistake(
        check="train",
        name="channels swapped",
        answer=_request("swapped", channels=_SWAPPED.strip()),
        hidden="channels_as_named",
    ),
    Mistake(
        check="train",
        name="the first job",
        answer="job_name = first_job",
        says="`early_stopping_rounds` is not among",
    ),
    Mistake(
        check="train",
        name="AUC decides",
        answer=_request("auc-last", eval_metric="logloss,auc"),
        says="`auc` stands last",
    ),
    Mistake(
        check="train",
        name="no validation channel",
        answer=_request("no-validation", channels="train_channel"),
        says="rows that are not trained on",
    ),
    Mistake(
        check="train",
        name="no time limit",
        answer=_request("no-limit", condition="None"),
        says="seconds before cutting it off",
    ),
    Mistake(
        check="train",
        name="another model",
        answer=_request("deeper", max_depth=6),
        says="could not be compared",
    ),
    Mistake(
        check="train",
        name="no such job",
        values={"job_name": "cancer-never-trained"},
        says="AWS answers DescribeTrainingJob with",
    ),
)

_REPAIR = (
    Mistake(
        check="repair",
        name="header dropped, label still last",
        answer="""
            described = sagemaker_client.describe_training_job(
                TrainingJobName=failed_job
            )
            failure_reason = described["FailureReason"]
            body = s3.get_object(Bucket=bucket, Key=colleague_key)["Body"].read()
            without_header = body.split(b"\\n", 1)[1]
            s3.put_object(Bucket=bucket, Key="half/train.csv", Body=without_header)
            mended_job = attempt("half-mended", f"s3://{bucket}/half/")
        """,
        says="label must be in [0,1]",
    ),
    Mistake(
        check="repair",
        name="trained on the own table",
        answer="""
            described = sagemaker_client.describe_training_job(
                TrainingJobName=failed_job
            )
            failure_reason = described["FailureReason"]
            mended_job = attempt("own-table", validation_uri)
        """,
        says="not trained on the rows of your colleague's table",
    ),
    Mistake(
        check="repair",
        name="any column that can be a label",
        answer="""
            described = sagemaker_client.describe_training_job(
                TrainingJobName=failed_job
            )
            failure_reason = described["FailureReason"]
            hers = pd.read_csv(s3.get_object(Bucket=bucket, Key=colleague_key)["Body"])
            hers.insert(0, "label", hers.pop("mean smoothness"))
            body = hers.to_csv(header=False, index=False).encode()
            s3.put_object(Bucket=bucket, Key="smooth/train.csv", Body=body)
            mended_job = attempt("smooth", f"s3://{bucket}/smooth/")
        """,
        hidden="her_diagnoses",
    ),
    Mistake(
        check="repair",
        name="reason in own words",
        values={"failure_reason": "there was a header"},
        says="is not what AWS gives as the reason",
    ),
    Mistake(
        check="repair",
        name="not read",
        answer='mended_job = attempt("unread", train_uri)',
        says="`failure_reason` does not exist yet",
        status="not attempted",
    ),
)

_DEPLOYED = """
    endpoint_name = "{name}"
    sagemaker_client.create_endpoint_config(
        EndpointConfigName=endpoint_name,
        ProductionVariants=[
            {{
                "VariantName": "main",
                "ModelName": model_name,
                "InstanceType": "{instance_type}",
                "InitialInstanceCount": {count},
            }}
        ],
    )
    sagemaker_client.create_endpoint(
        EndpointName=endpoint_name, EndpointConfigName=endpoint_name
    )
    sagemaker_client.get_waiter("endpoint_in_service").wait(EndpointName=endpoint_name)
"""

_WITHDRAWN = """
    sagemaker_client.delete_endpoint(EndpointName=endpoint_name)
    sagemaker_client.get_waiter("endpoint_deleted").wait(EndpointName=endpoint_name)
    sagemaker_client.delete_endpoint_config(EndpointConfigName=endpoint_name)
"""
_CONFIG_WITHDRAWN = """
    sagemaker_client.delete_endpoint_config(EndpointConfigName=endpoint_name)
"""

_DEPLOY = (
    Mistake(
        check="deploy",
        name="only the configuration",
        answer="""
            endpoint_name = "config-only"
            EndpointConfig.create(
                endpoint_config_name=endpoint_name,
                production_variants=[
                    ProductionVariant(
                        variant_name="main",
                        model_name=model_name,
                        instance_type="ml.m5.large",
                        initial_instance_count=1,
                    )
                ],
                session=lab.session,
                region=lab.region,
            )
        """,
        undo=_CONFIG_WITHDRAWN,
        says="AWS answers DescribeEndpoint with",
    ),
    Mistake(
        check="deploy",
        name="the model of the first job",
        answer="""
    model_name = "first-model"
    first = sagemaker_client.describe_training_job(TrainingJobName=first_job)
    artefact = first["ModelArtifacts"]["S3ModelArtifacts"]
    sagemaker_client.create_model(
        ModelName=model_name,
        ExecutionRoleArn=role,
        PrimaryContainer={"Image": image, "ModelDataUrl": artefact},
    )
    """
        + _DEPLOYED.format(name="first", instance_type="ml.m5.large", count=1),
        undo=_WITHDRAWN + "    sagemaker_client.delete_model(ModelName=model_name)",
        hidden="the_trained_model",
    ),
    Mistake(
        check="deploy",
        name="dearer machine",
        answer=_DEPLOYED.format(name="dear", instance_type="ml.m5.xlarge", count=1),
        undo=_WITHDRAWN,
        says="1 × ml.m5.xlarge",
    ),
    Mistake(
        check="deploy",
        name="two machines",
        answer=_DEPLOYED.format(name="two", instance_type="ml.m5.large", count=2),
        undo=_WITHDRAWN,
        says="2 × ml.m5.large",
    ),
)

_ASK = """
    response = runtime.invoke_endpoint(
        EndpointName=endpoint_name, ContentType="text/csv", Body={body}
    )
    lines = response["Body"].read().decode().split()
"""
_BODY = "features.to_csv(header=False, index=False)"

_PREDICT = (
    Mistake(
        check="predict",
        name="text",
        answer=_ASK.format(body=_BODY) + "    return np.array(lines)",
        says="not floats",
    ),
    Mistake(
        check="predict",
        name="only the first row",
        answer=_ASK.format(body=_BODY) + "    return float(lines[0])",
        says="gives a float for a table",
    ),
    Mistake(
        check="predict",
        name="classes",
        answer=_ASK.format(body=_BODY)
        + "    return np.round([float(line) for line in lines])",
        says="where the endpoint says",
    ),
    Mistake(
        check="predict",
        name="header sent",
        answer=_ASK.format(body="features.to_csv(index=False)")
        + "    return np.array([float(line) for line in lines])",
        says="AWS answers InvokeEndpoint with ModelError",
    ),
    Mistake(
        check="predict",
        name="two rows at most",
        answer=_ASK.format(body="features.head(2).to_csv(header=False, index=False)")
        + "    return np.array([float(line) for line in lines])",
        hidden="many_rows",
    ),
)

_CHOOSE = """
    def choose_threshold(labels, scores, recall):
        positives = np.sort(np.asarray(scores)[np.asarray(labels) == 1])[::-1]
        return {result}
    threshold = {threshold}
"""
_RIGHT = "positives[int(np.ceil(recall * len(positives))) - 1]"
_ON_VALIDATION = 'choose_threshold(validation["malignant"], validation_scores, 0.97)'

_THRESHOLD = (
    Mistake(
        check="threshold",
        name="rounded down",
        answer=_CHOOSE.format(
            result="positives[int(recall * len(positives)) - 1]",
            threshold=_ON_VALIDATION,
        ),
        says="for a recall of 0.7 on 4 positives",
    ),
    Mistake(
        check="threshold",
        name="the lowest",
        answer=_CHOOSE.format(result="positives[-1]", threshold=_ON_VALIDATION),
        says="Is it the highest",
    ),
    Mistake(
        check="threshold",
        name="one half",
        answer=_CHOOSE.format(result=_RIGHT, threshold="0.5"),
        says="on the validation set `threshold` is 0.500, which finds",
    ),
    Mistake(
        check="threshold",
        name="chosen on the test set",
        answer=_CHOOSE.format(
            result=_RIGHT,
            threshold='choose_threshold(test["malignant"],'
            " predict(test[feature_names]), 0.97)",
        ),
        says="on the validation set `threshold` is",
    ),
    Mistake(
        check="threshold",
        name="by heart",
        answer=_CHOOSE.format(
            result="{1.0: 0.2, 0.75: 0.4, 0.7: 0.4, 0.5: 0.6}.get(recall, 0.6)",
            threshold="np.sort(validation_scores[validation['malignant'] == 1])[1]",
        ),
        hidden="other_scores",
    ),
    Mistake(
        check="threshold",
        name="scores of one's own",
        answer="""
    steps = np.linspace(0, 1, len(validation))
    validation_scores = steps + validation["malignant"].to_numpy()
    """
        + _CHOOSE.format(result=_RIGHT, threshold=_ON_VALIDATION),
        hidden="by_the_endpoint",
    ),
)

_COMPARE = (
    Mistake(
        check="compare",
        name="one fold, and noise",
        answer="""
            first = [fold_auc(m, *folds[0]) for m in ("xgboost", "logistic")]
            noise = np.random.default_rng(0).normal(0, 0.004, (len(folds), 2))
            noise[0] = 0
            fold_aucs = pd.DataFrame(first + noise, columns=["xgboost", "logistic"])
            d = fold_aucs["xgboost"] - fold_aucs["logistic"]
            difference, standard_error = d.mean(), d.std() / np.sqrt(len(d))
            choice = "xgboost" if difference > standard_error else "logistic"
        """,
        hidden="other_folds",
    ),
    Mistake(
        check="compare",
        name="trained on what is judged",
        answer="""
            fold_aucs = pd.DataFrame(
                [
                    {m: fold_auc(m, judge, judge) for m in ("xgboost", "logistic")}
                    for learn, judge in folds
                ]
            )
            d = fold_aucs["xgboost"] - fold_aucs["logistic"]
            difference, standard_error = d.mean(), d.std() / np.sqrt(len(d))
            choice = "xgboost"
        """,
        says="on the rows that it has not seen",
    ),
    Mistake(
        check="compare",
        name="one repetition",
        answer="""
            fold_aucs = pd.DataFrame(
                [
                    {m: fold_auc(m, *fold) for m in ("xgboost", "logistic")}
                    for fold in folds[:5]
                ]
            )
            d = fold_aucs["xgboost"] - fold_aucs["logistic"]
            difference, standard_error = d.mean(), d.std() / np.sqrt(len(d))
            choice = "logistic"
        """,
        says="has 5 rows for 20 folds",
    ),
    Mistake(
        check="compare",
        name="standard deviation",
        answer="""
            fold_aucs = pd.DataFrame(
                [
                    {m: fold_auc(m, *fold) for m in ("xgboost", "logistic")}
                    for fold in folds
                ]
            )
            d = fold_aucs["xgboost"] - fold_aucs["logistic"]
            difference, standard_error, choice = d.mean(), d.std(), "logistic"
        """,
        says="is the spread of single folds",
    ),
    Mistake(
        check="compare",
        name="against the rule",
        values={"choice": "xgboost"},
        says="what does the rule say?",
    ),
    Mistake(
        check="compare",
        name="other way round",
        values={"difference": np.float64(0.0042)},
        says="another number",
    ),
    Mistake(
        check="compare",
        name="unpaired",
        values={"standard_error": np.float64(0.0031)},
        says="not that of the differences in the folds",
    ),
)

_TEARDOWN = (
    Mistake(
        check="teardown",
        name="nothing deleted",
        answer="left, month_cost = [], 730 * hourly",
        says="the endpoint `",
    ),
    Mistake(
        check="teardown",
        name="configuration forgotten",
        answer="""
            endpoint_name = "configuration-forgotten"
            sagemaker_client.create_endpoint_config(
                EndpointConfigName=endpoint_name,
                ProductionVariants=[
                    {
                        "VariantName": "main",
                        "ModelName": model_name,
                        "InstanceType": "ml.m5.large",
                        "InitialInstanceCount": 1,
                    }
                ],
            )
            left, month_cost = [], 730 * hourly
        """,
        undo=_CONFIG_WITHDRAWN,
        says="the endpoint configuration `configuration-forgotten` still stands",
    ),
    Mistake(
        check="teardown",
        name="model forgotten",
        answer="""
            endpoint_name, left, month_cost = "never-there", [], 730 * hourly
        """,
        says="the model `",
    ),
    Mistake(
        check="teardown",
        name="names that were never there",
        answer="""
            endpoint_name = model_name = "never-there"
            left, month_cost = [], 730 * hourly
        """,
        hidden="nothing_stands",
    ),
    Mistake(
        check="teardown",
        name="asked too early",
        values={"left": [{"EndpointName": "cancer", "EndpointStatus": "Deleting"}]},
        says="asked too early",
    ),
    Mistake(
        check="teardown",
        name="price of an hour",
        values={"month_cost": 0.115},
        says="`month_cost` is 0.12 USD",
    ),
)

MISTAKES = (
    *_CSV,
    *_TRAIN,
    *_REPAIR,
    *_DEPLOY,
    *_PREDICT,
    *_THRESHOLD,
    *_COMPARE,
    *_TEARDOWN,
)
