"""Apache Kafka itself: one broker in KRaft mode, reached through SASL_SSL, SASL_PLAINTEXT and PLAINTEXT."""

import base64
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import tenacity
from confluent_kafka import KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from tests.engines.bringing import free_ports

JVM = ("-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-Xshare:auto")
LISTENERS = ("PLAINTEXT", "SASL_PLAINTEXT", "SASL_SSL", "CONTROLLER")
USER, PASSWORD, STORE_PASSWORD = "alice", "alice-secret", "store-secret"
PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{CONTROLLER}
listeners={listeners}
advertised.listeners={advertised}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={scram}
listener.name.sasl_ssl.plain.sasl.jaas.config={plain}
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config={scram}
listener.name.sasl_plaintext.plain.sasl.jaas.config={plain}
ssl.keystore.type=PKCS12
ssl.keystore.location={folder}/server.p12
ssl.keystore.password={store}
log.dirs={folder}/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.backoff.ms=200
log.initial.task.delay.ms=500
"""

patiently = tenacity.retry(
    retry=tenacity.retry_if_exception_type((KafkaException, AssertionError)),
    wait=tenacity.wait_fixed(0.2),
    stop=tenacity.stop_after_delay(300),
    reraise=True,
)


@dataclass(frozen=True)
class Server:
    """A running broker."""

    folder: Path
    ports: dict[str, int]

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    def address(self, listener: str) -> str:
        return f"localhost:{self.ports[listener]}"

    def client(self, **more: Any) -> dict[str, Any]:
        return {"bootstrap.servers": self.address("PLAINTEXT"), "log_level": 0, **more}

    @cached_property
    def admin(self) -> AdminClient:
        return AdminClient(self.client())

    def create(self, name: str, partitions: int = 1, **config: str) -> None:
        dotted = {key.replace("_", "."): value for key, value in config.items()}
        self.admin.create_topics([NewTopic(name, partitions, 1, config=dotted)])[name].result(30)
        self.knows(name, True)

    def delete(self, name: str) -> None:
        self.admin.delete_topics([name])[name].result(30)
        self.knows(name, False)

    @patiently
    def knows(self, name: str, wanted: bool) -> None:
        assert (name in self.admin.list_topics(timeout=10).topics) is wanted

    def expire(self, name: str, before: int, partition: int = 0) -> None:
        """Delete a partition's messages before an offset, as retention does in its own time."""
        place = TopicPartition(name, partition, before)
        [deleted] = self.admin.delete_records([place]).values()
        deleted.result(30)

    def producer(self, transaction: str | None = None) -> Producer:
        producer = Producer(self.client(**({"transactional.id": transaction} if transaction else {})))
        if transaction:
            producer.init_transactions(30)
        return producer

    def send(self, name: str, *values: str | bytes | None, partition: int = 0, key: str | None = None) -> None:
        producer = self.producer()
        for value in values:
            producer.produce(name, value, key, partition)
        assert producer.flush(30) == 0


@contextmanager
def kafka_server(folder: Path, jars: Path) -> Iterator[Server]:
    """Format a folder, start a broker in it, wait for its first answer, stop it at the end."""
    ports = dict(zip(LISTENERS, free_ports(len(LISTENERS)), strict=True))
    _write_certificate(folder)
    listeners = {name: f"{name}://localhost:{port}" for name, port in ports.items()}
    plain = f'org.apache.kafka.common.security.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    values = {"folder": folder, "store": STORE_PASSWORD, "plain": plain, "scram": scram, **ports}
    advertised = ",".join(text for name, text in listeners.items() if name != "CONTROLLER")
    properties = folder / "server.properties"
    properties.write_text(PROPERTIES.format(**values, listeners=",".join(listeners.values()), advertised=advertised))
    java = ["java", *JVM, "-cp", f"{jars}/*"]
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    user = f"SCRAM-SHA-512=[name={USER},password={PASSWORD},iterations=4096]"
    _run(*java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties), "--add-scram", user)
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen([*java, "kafka.Kafka", str(properties)], stdout=output, stderr=subprocess.STDOUT)
        server = Server(folder, ports)
        try:
            _wait(server, process, log)
            yield server
        finally:
            process.kill()
            process.wait()


@patiently
def _wait(server: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    if process.poll() is not None:
        raise RuntimeError(f"Kafka ended with {process.returncode}:\n{log.read_text()[-3000:]}")
    assert server.admin.list_topics(timeout=2).brokers


def _write_certificate(folder: Path) -> None:
    store = ("-keystore", str(folder / "server.p12"), "-storepass", STORE_PASSWORD, "-alias", "kafka")
    names = ("-dname", "CN=localhost", "-ext", "san=dns:localhost,ip:127.0.0.1")
    _run("keytool", "-genkeypair", "-keyalg", "RSA", "-validity", "2", "-storetype", "PKCS12", *store, *names)
    _run("keytool", "-exportcert", "-rfc", "-file", str(folder / "ca.pem"), *store)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
