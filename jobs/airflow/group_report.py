"""The group's monthly report as a DAG for Airflow 2.9 or later.

Variables (or environment): TREFOIL_HOME, the folder of bin/trefoil; TREFOIL_PROPERTIES, the analyst's Spark properties;
TREFOIL_PROPOSAL, the id that the subsidiaries have approved (empty: design mode); TREFOIL_REPORTS, the folder of reports.

Runs on the second of every month for the month before. A subsidiary that is late (exit code 4) is asked again every hour for a day; anything
else fails at once. A run again writes the same files; a run that fails leaves the last good ones.
"""

import datetime
import os
import subprocess

try:
    from airflow.decorators import dag, task
    from airflow.exceptions import AirflowException, AirflowFailException
except ImportError:  # the callable below runs without Airflow, from cron
    dag = task = None

    class AirflowException(Exception):
        """Something that a later try may mend."""

    class AirflowFailException(Exception):
        """Something that no later try mends."""


UNAVAILABLE = 4


def month_before(day: datetime.date) -> datetime.date:
    """The first day of the month before the one that `day` is in."""
    return (day.replace(day=1) - datetime.timedelta(days=1)).replace(day=1)


def command(month: datetime.date) -> list[str]:
    """What is run for `month`."""
    env = os.environ
    line = [
        os.path.join(env.get("TREFOIL_HOME", "."), "bin", "trefoil"),
        "job",
        "group-report",
        "--properties",
        env["TREFOIL_PROPERTIES"],
        "--param",
        f"month={month.isoformat()}",
        "--output",
        os.path.join(env.get("TREFOIL_REPORTS", "reports"), f"{month:%Y-%m}"),
        "--format",
        "csv",
    ]
    if env.get("TREFOIL_PROPOSAL"):
        line += ["--proposal", env["TREFOIL_PROPOSAL"]]
    return line


def report(day: datetime.date) -> str:
    """Makes the report of the month before `day`; returns it as CSV."""
    done = subprocess.run(command(month_before(day)), stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode == UNAVAILABLE:
        raise AirflowException("a subsidiary or an executor does not answer yet")
    if done.returncode != 0:
        raise AirflowFailException(f"bin/trefoil ended with {done.returncode}; see the log above")
    return done.stdout


if dag is not None:

    @dag(
        dag_id="trefoil_group_report",
        schedule="0 6 2 * *",
        start_date=datetime.datetime(2026, 7, 2, tzinfo=datetime.timezone.utc),
        catchup=False,
        max_active_runs=1,
    )
    def group_report():
        @task(retries=24, retry_delay=datetime.timedelta(hours=1))
        def make(data_interval_end=None):
            report(data_interval_end.date())

        make()

    group_report()

if __name__ == "__main__":
    print(report(datetime.date.today()), end="")
