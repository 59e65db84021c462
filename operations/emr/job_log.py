"""The log of a job's driver in CloudWatch Logs, as it grows."""

from collections import deque
from collections.abc import Iterator

from operations.emr.api import Service

KEPT = 20
"""Last lines of Spark's own log that an error has."""


class JobLog:
    """The lines of one job run: streams `<prefix>/applications/<id>/jobs/<id>/SPARK_DRIVER/<stdout or stderr>`."""

    def __init__(self, logs: Service, group: str, prefix: str) -> None:
        self._logs, self._group, self._prefix = logs, group, prefix
        self._since = 0
        self._seen: set[str] = set()
        self.spark: deque[str] = deque(maxlen=KEPT)
        """The end of the driver's stderr."""

    def news(self) -> Iterator[str]:
        """Yield dbt's lines, the driver's stdout, since the last call. Raises CallFailed."""
        since, token = self._since, None
        while True:
            page: dict[str, str] = {"nextToken": token} if token else {}
            answer = self._logs.call(
                "filter_log_events",
                logGroupName=self._group,
                logStreamNamePrefix=self._prefix,
                startTime=since,
                **page,
            )
            for event in answer["events"]:
                if event["eventId"] in self._seen:
                    continue
                self._seen.add(event["eventId"])
                self._since = max(self._since, event["timestamp"])
                stream = event["logStreamName"]
                if "SPARK_DRIVER" in stream and "stderr" in stream.lower():
                    self.spark.append(event["message"].rstrip())
                elif "SPARK_DRIVER" in stream:
                    yield from event["message"].rstrip("\n").split("\n")
            token = answer.get("nextToken")
            if not token:
                return
