"""Kafka: a consumer that belongs to no group, and messages as rows with their positions. May import `files`."""
