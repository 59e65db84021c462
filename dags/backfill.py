"""Load periods of the past, day by day, then build and publish. Started by hand: docs/operate/airflow.md."""

from lakehouse_airflow.dag import lakehouse_dag

dag = lakehouse_dag("backfill", __doc__)
