"""Parts that the DAGs of this folder share: their definitions, and an operator for each runtime.

It runs where Airflow runs: it imports Airflow and its providers, and nothing of this project.
"""
