"""Monthly monitoring in Airflow: one notebook, which refuses what PapermillOperator lets pass (docs/schedules.md)."""

from datetime import datetime

from airflow.providers.papermill.operators.papermill import PapermillOperator
from airflow.sdk import DAG

ZZLIB = "/opt/zzlib"
# The month before the day that a run is for, so that a run made again later looks at the same month.
MONTH_BEFORE = "{{ (logical_date.replace(day=1) - macros.timedelta(days=1)).strftime('%Y-%m') }}"

with DAG("zzlib_monthly", schedule="30 6 5 * *", start_date=datetime(2016, 1, 1), catchup=False, max_active_runs=1):
    PapermillOperator(
        task_id="monitoring",
        input_nb=f"{ZZLIB}/notebooks/scheduled_run.ipynb",
        output_nb=f"{ZZLIB}/outputs/airflow-{{{{ ts_nodash }}}}.ipynb",
        parameters={"kind": "monthly", "through": MONTH_BEFORE},
        kernel_name="zzlib",
    )
