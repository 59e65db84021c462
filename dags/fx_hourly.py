"""Load the exchange rates of the hour."""

from lakehouse_airflow.dag import lakehouse_dag

dag = lakehouse_dag("fx_hourly", __doc__)
