"""Load every source, build, look at the gate, publish. Each night at 02:00 UTC."""

from lakehouse_airflow.dag import lakehouse_dag

dag = lakehouse_dag("lakehouse_daily", __doc__)
