"""Tables of aiokafka's errors, by what to do about each.

- ``RECORD``: Kafka refuses one record; the others go on.
- ``SETUP``: somebody has to change a right, a limit or a setting; then the work goes on.
- ``INSTALLATION``: waiting cannot help while this process runs.

An error in none of them passes by itself, or a new client solves it.
"""

from collections.abc import Mapping
from typing import NamedTuple

from aiokafka import errors

_ACLS = "kafka-acls.sh --bootstrap-server … --add --allow-principal User:[KAFKA_SASL_USERNAME]"
_LOGIN = "check KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD, and restart"
_SECURITY = "set KAFKA_SECURITY_PROTOCOL and KAFKA_SASL_MECHANISM to what the broker offers"
_CREATION = "or create the topic yourself (docs/deployment.md says how)"


class Fault(NamedTuple):
    """A finding; ``{about}`` and ``{prefix}`` are filled in from the error."""

    code: str
    detail: str
    advice: str


_NOT_AUTHORIZED = "kafka_not_authorized"
_GRANT = (
    f"{_ACLS} --operation All --topic {{prefix}} --group {{prefix}} --resource-pattern-type"
    " prefixed (docs/acl.md); then it goes on by itself"
)
_LOGIN_REFUSED = Fault("kafka_login_refused", "Kafka refuses this user or password", _LOGIN)
_NO_SUCH_LOGIN = Fault("kafka_login_refused", "Kafka does not offer this kind of login", _SECURITY)
_TOO_OLD = Fault(
    "kafka_version",
    "Kafka is too old: it does not know a request that is needed",
    "upgrade Kafka to 2.3 or newer, all brokers",
)
_TOO_FEW_COPIES = Fault(
    "kafka_too_few_replicas",
    "Kafka has fewer in-sync replicas than min.insync.replicas",
    "start the brokers that are away; hemis doctor names the topics",
)
_DAMAGED = Fault(
    "kafka_record_damaged",
    "A batch fails its checksum: {about}",
    "check Kafka's log; replace a damaged disk, and Kafka copies its replicas again",
)

SETUP: Mapping[type[errors.KafkaError], Fault] = {
    errors.TopicAuthorizationFailedError: Fault(
        _NOT_AUTHORIZED, "Kafka does not let this user use topic {about}", _GRANT
    ),
    errors.GroupAuthorizationFailedError: Fault(
        _NOT_AUTHORIZED, "Kafka does not let this user use group {about}", _GRANT
    ),
    errors.ClusterAuthorizationFailedError: Fault(
        _NOT_AUTHORIZED,
        "Kafka does not let this user write as an idempotent producer",
        f"{_ACLS} --operation IdempotentWrite --cluster; then it goes on by itself",
    ),
    errors.TransactionalIdAuthorizationFailed: Fault(
        _NOT_AUTHORIZED,
        "Kafka does not let this user use transactional id {about}",
        f"{_ACLS} --operation All --transactional-id {{about}}; then it goes on by itself",
    ),
    errors.SaslAuthenticationFailed: _LOGIN_REFUSED,
    errors.AuthenticationFailedError: _LOGIN_REFUSED,
    errors.AuthenticationMethodNotSupported: _NO_SUCH_LOGIN,
    errors.UnsupportedSaslMechanismError: _NO_SUCH_LOGIN,
    errors.IllegalSaslStateError: _NO_SUCH_LOGIN,
    errors.SecurityDisabled: _NO_SUCH_LOGIN,
    errors.UnsupportedVersionError: _TOO_OLD,
    errors.IncompatibleBrokerVersion: _TOO_OLD,
    errors.UnrecognizedBrokerVersion: _TOO_OLD,
    errors.UnsupportedForMessageFormatError: _TOO_OLD,
    errors.NotEnoughReplicasError: _TOO_FEW_COPIES,
    errors.NotEnoughReplicasAfterAppendError: _TOO_FEW_COPIES,
    errors.LeaderNotAvailableError: Fault(
        "kafka_no_leader",
        "A partition has no leader",
        "start the brokers that are away; hemis doctor names the topics",
    ),
    errors.InvalidReplicationFactorError: Fault(
        "kafka_replication",
        "Kafka cannot create this many replicas: {about}",
        "start all brokers, or set KAFKA_REPLICATION to the number of brokers and restart",
    ),
    errors.InvalidReplicationAssignmentError: Fault(
        "kafka_replication",
        "Kafka cannot place the replicas: {about}",
        "start all brokers, or set KAFKA_REPLICATION to the number of brokers and restart",
    ),
    errors.InvalidPartitionsError: Fault(
        "kafka_topic_refused",
        "Kafka refuses this number of partitions: {about}",
        f"set KAFKA_PARTITIONS to a number that it allows and restart, {_CREATION}",
    ),
    errors.InvalidTopicError: Fault(
        "kafka_topic_refused",
        "Kafka refuses this topic name: {about}",
        "set KAFKA_TOPIC_PREFIX to a prefix that it allows and restart",
    ),
    errors.InvalidConfigurationError: Fault(
        "kafka_topic_refused",
        "Kafka refuses a topic's configuration: {about}",
        f"upgrade Kafka to 2.3 or newer, {_CREATION}",
    ),
    errors.PolicyViolationError: Fault(
        "kafka_policy",
        "A policy of the broker refuses the request: {about}",
        f"change the policy (create.topic.policy.class.name), {_CREATION}",
    ),
    errors.InvalidTimestampError: Fault(
        "kafka_timestamp",
        "Kafka refuses the timestamp of a message",
        "set the clocks of this machine and of the brokers (timedatectl); raise"
        " message.timestamp.before.max.ms and message.timestamp.after.max.ms of the topics",
    ),
    errors.InvalidSessionTimeoutError: Fault(
        "kafka_session_timeout",
        "The brokers do not allow a session timeout of 6 s",
        "set group.min.session.timeout.ms of the brokers to 6000 or less, and restart them",
    ),
    errors.InconsistentGroupProtocolError: Fault(
        "kafka_group_used",
        "Another program is a member of our consumer group",
        "stop it, or set KAFKA_TOPIC_PREFIX to a prefix that nobody else uses",
    ),
    errors.CorruptRecordException: _DAMAGED,
    errors.InvalidFetchRequestError: _DAMAGED,
}

INSTALLATION: Mapping[type[errors.KafkaError], str] = {
    errors.UnsupportedCodecError: (
        "this installation cannot read the compression codec of a topic ({about}):"
        " install all packages named in requirements/; the codecs are in cramjam"
    ),
}

# A batch is over its topic's max.message.bytes or segment.bytes.
RECORD = (errors.MessageSizeTooLargeError, errors.RecordListTooLargeError)
