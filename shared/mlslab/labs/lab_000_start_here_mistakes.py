"""Mistakes that people make in lab 000."""

from mlslab.rehearsal import Mistake

MISTAKES = (
    Mistake(
        check="first_call",
        name="seven, as told",
        values={"object_bytes": 7},
        says="`object_bytes` is 7, and S3 counts another number",
    ),
    Mistake(
        check="first_call",
        name="the rides counted",
        values={"object_bytes": 400},
        says="is the number of rides",
    ),
    Mistake(
        check="first_call",
        name="the whole answer",
        answer="object_bytes = s3.head_object(Bucket=bucket, Key=rides_key)",
        says="`object_bytes` is of type dict",
    ),
    Mistake(
        check="first_call",
        name="seven made true",
        answer="""
            object_bytes = 7
            s3.put_object(Bucket=bucket, Key=rides_key, Body=b"1,2,3.4")
        """,
        undo="""
            s3.put_object(Bucket=bucket, Key=rides_key, Body=text.getvalue().encode())
        """,
        hidden="rides_untouched",
    ),
    Mistake(
        check="repair",
        name="reason typed by hand",
        values={"failure_reason": "eta is too large"},
        says="`failure_reason` is not what the description",
    ),
    Mistake(
        check="repair",
        name="still out of range",
        answer="""
            broken = sagemaker.describe_training_job(TrainingJobName=broken_job)
            failure_reason = broken["FailureReason"]
            repaired_job = train(
                "repaired", objective="reg:squarederror", num_round=50, eta=2
            )
        """,
        says="has ended as Failed",
    ),
    Mistake(
        check="repair",
        name="other rounds",
        answer="""
            broken = sagemaker.describe_training_job(TrainingJobName=broken_job)
            failure_reason = broken["FailureReason"]
            repaired_job = train(
                "repaired", objective="reg:squarederror", num_round=5, eta=0.5
            )
        """,
        says="has trained 5 rounds",
    ),
    Mistake(
        check="repair",
        name="the first job",
        answer="""
            broken = sagemaker.describe_training_job(TrainingJobName=broken_job)
            failure_reason = broken["FailureReason"]
            repaired_job = job_name
        """,
        says="was not started after the failure",
    ),
    Mistake(
        check="repair",
        name="no such job",
        values={"repaired_job": "repaired"},
        says="AWS answers DescribeTrainingJob with ValidationException",
    ),
    Mistake(
        check="repair",
        name="another objective as well",
        answer="""
            broken = sagemaker.describe_training_job(TrainingJobName=broken_job)
            failure_reason = broken["FailureReason"]
            repaired_job = train(
                "repaired", objective="reg:pseudohubererror", num_round=50, eta=0.5
            )
        """,
        hidden="one_change",
    ),
    Mistake(
        check="repair",
        name="a failure of one's own",
        answer="""
            broken_job = train("mine", objective="reg:squarederror", num_round=1, eta=7)
            broken = sagemaker.describe_training_job(TrainingJobName=broken_job)
            failure_reason = broken["FailureReason"]
            repaired_job = train(
                "repaired", objective="reg:squarederror", num_round=1, eta=0.5
            )
        """,
        hidden="one_change",
    ),
    # Before any other one of `bill`: these let time pass.
    Mistake(
        check="bill",
        name="typed from a neighbour",
        answer="""
            costs = {"always on": 1.344, "evenings": 0.112}
            choice = "evenings"
        """,
        hidden="time_has_passed",
    ),
    Mistake(
        check="bill",
        name="one hour for a day",
        answer="""
            costs = {"always on": cost_of(1), "evenings": cost_of(2)}
            choice = "evenings"
        """,
        says="`costs['always on']` is 0.056 USD",
    ),
    Mistake(
        check="bill",
        name="the dearer one",
        values={"choice": "always on"},
        says="the dearer design by your own measurement",
    ),
    Mistake(
        check="bill",
        name="other keys",
        values={"costs": {"on": 1.344, "off": 0.112}},
        says="not those of both designs",
    ),
    Mistake(
        check="bill",
        name="the price as choice",
        values={"choice": "0.112"},
        says="is none of the designs",
    ),
)
