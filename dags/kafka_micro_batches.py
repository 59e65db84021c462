"""Load the messages of Kafka's topics that came since the last batch, every 15 minutes."""

from lakehouse_airflow.dag import lakehouse_dag

dag = lakehouse_dag("kafka_micro_batches", __doc__)
