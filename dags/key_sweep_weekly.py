"""Compare the keys of sources with those in bronze, each Sunday: rows that a source removed without a trace."""

from lakehouse_airflow.dag import lakehouse_dag

dag = lakehouse_dag("key_sweep_weekly", __doc__)
