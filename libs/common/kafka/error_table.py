"""Every error of aiokafka, and which of three answers it gets: a table, and nothing else.

- wait: it passes by itself, or a new client mends it (``WAIT``)
- this record: it alone is refused, the others go on (``RECORD``)
- the set-up: somebody has to change a right, a limit or a setting (``SETUP``); waiting cannot
  help while this process runs (``INSTALLATION``)

A class that is in none of them is waited for.
"""

from collections.abc import Mapping
from typing import NamedTuple

from aiokafka import errors

_ACLS = "kafka-acls.sh --bootstrap-server … --add --allow-principal User:[KAFKA_SASL_USERNAME]"
_LOGIN = "check KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD, and restart"
_SECURITY = "set KAFKA_SECURITY_PROTOCOL and KAFKA_SASL_MECHANISM to what the broker offers"
_CREATION = "or create the topic yourself (docs/scale.md says how)"


class Fault(NamedTuple):
    """What the user reads; ``{about}`` and ``{prefix}`` are what the error names."""

    code: str
    detail: str
    advice: str


_NOT_AUTHORIZED = "kafka_not_authorized"
_GRANT = (
    f"{_ACLS} --operation All --topic {{prefix}} --group {{prefix}} --resource-pattern-type"
    " prefixed (docs/acl.md); it goes on by itself then"
)
_LOGIN_REFUSED = Fault("kafka_login_refused", "Kafka refuses the user", _LOGIN)
_NO_SUCH_LOGIN = Fault("kafka_login_refused", "Kafka offers no such login", _SECURITY)
_TOO_OLD = Fault(
    "kafka_version",
    "Kafka does not know a request that is needed",
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
    "look into Kafka's log; a damaged disk has to be replaced, its replica is copied anew",
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
        f"{_ACLS} --operation IdempotentWrite --cluster; it goes on by itself then",
    ),
    errors.TransactionalIdAuthorizationFailed: Fault(
        _NOT_AUTHORIZED,
        "Kafka does not let this user use transactional id {about}",
        f"{_ACLS} --operation All --transactional-id {{about}}; it goes on by itself then",
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
        "Kafka cannot make so many copies: {about}",
        "start all brokers, or set KAFKA_REPLICATION to how many there are and restart",
    ),
    errors.InvalidReplicationAssignmentError: Fault(
        "kafka_replication",
        "Kafka cannot place the copies: {about}",
        "start all brokers, or set KAFKA_REPLICATION to how many there are and restart",
    ),
    errors.InvalidPartitionsError: Fault(
        "kafka_topic_refused",
        "Kafka refuses so many partitions: {about}",
        f"set KAFKA_PARTITIONS to what it allows and restart, {_CREATION}",
    ),
    errors.InvalidTopicError: Fault(
        "kafka_topic_refused",
        "Kafka refuses this name of a topic: {about}",
        "set KAFKA_TOPIC_PREFIX to what it allows and restart",
    ),
    errors.InvalidConfigurationError: Fault(
        "kafka_topic_refused",
        "Kafka refuses the configuration of a topic: {about}",
        f"upgrade Kafka to 2.3 or newer, {_CREATION}",
    ),
    errors.PolicyViolationError: Fault(
        "kafka_policy",
        "A policy of the broker refuses it: {about}",
        f"let the policy allow it (create.topic.policy.class.name), {_CREATION}",
    ),
    errors.InvalidTimestampError: Fault(
        "kafka_timestamp",
        "Kafka refuses the time of a message",
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
        "end it, or set KAFKA_TOPIC_PREFIX to a prefix that is only yours",
    ),
    errors.CorruptRecordException: _DAMAGED,
    errors.InvalidFetchRequestError: _DAMAGED,
}

INSTALLATION: Mapping[type[errors.KafkaError], str] = {
    errors.UnsupportedCodecError: (
        "a topic is compressed with a codec that this installation cannot read ({about}):"
        " install the packages named in requirements/, cramjam among them"
    ),
}

# A batch over max.message.bytes of its topic, or over its segment.bytes.
RECORD = (errors.MessageSizeTooLargeError, errors.RecordListTooLargeError)

WAIT: frozenset[type[errors.KafkaError]] = frozenset(
    {
        # The connection, or a broker that starts, stops or hands its partitions over.
        errors.KafkaError,
        errors.BrokerResponseError,
        errors.KafkaConnectionError,
        errors.KafkaTimeoutError,
        errors.KafkaUnavailableError,
        errors.NoBrokersAvailable,
        errors.NodeNotReadyError,
        errors.RequestTimedOutError,
        errors.Cancelled,
        errors.StaleMetadata,
        errors.MetadataEmptyBrokerList,
        errors.TooManyInFlightRequests,
        errors.BrokerNotAvailableError,
        errors.ReplicaNotAvailableError,
        errors.NotLeaderForPartitionError,
        errors.NotControllerError,
        errors.StaleControllerEpochError,
        errors.StaleLeaderEpochCodeError,
        errors.ReassignmentInProgress,
        errors.ListenerNotFound,
        errors.KafkaStorageError,
        errors.LogDirNotFound,
        errors.UnknownError,
        errors.OperationNotAttempted,
        errors.QuotaViolationError,
        errors.FetchSessionIdNotFound,
        errors.InvalidFetchSessionEpoch,
        # A topic that is missing is a finding of its own (topic_missing), and comes back.
        errors.UnknownTopicOrPartitionError,
        errors.TopicAlreadyExistsError,
        # A group that rebalances.
        errors.GroupLoadInProgressError,
        errors.GroupCoordinatorNotAvailableError,
        errors.NotCoordinatorForGroupError,
        errors.IllegalGenerationError,
        errors.UnknownMemberIdError,
        errors.RebalanceInProgressError,
        errors.MemberIdRequired,
        errors.CommitFailedError,
        errors.GroupIdNotFound,
        errors.NonEmptyGroup,
        errors.NoOffsetForPartitionError,
        # What the consumer names in another way before it gets here (OffsetsGone).
        errors.OffsetOutOfRangeError,
        # A producer that is finished: the next message gets a new one, with a new producer id.
        errors.OutOfOrderSequenceNumber,
        errors.DuplicateSequenceNumber,
        errors.InvalidProducerEpoch,
        errors.InvalidProducerIdMapping,
        errors.UnknownProducerId,
        errors.ProducerFenced,
        errors.ProducerClosed,
        # Answers to what these services never ask (transactions, delegation tokens, acks=2 …).
        errors.NoError,
        errors.IllegalStateError,
        errors.IllegalArgumentError,
        errors.KafkaConfigurationError,
        errors.KafkaProtocolError,
        errors.CorrelationIdError,
        errors.RecordTooLargeError,
        errors.OffsetMetadataTooLargeError,
        errors.InvalidCommitOffsetSizeError,
        errors.InvalidRequiredAcksError,
        errors.InvalidRequestError,
        errors.InvalidGroupIdError,
        errors.InvalidPrincipalType,
        errors.InvalidTxnState,
        errors.InvalidTransactionTimeout,
        errors.ConcurrentTransactions,
        errors.TransactionCoordinatorFenced,
        errors.DelegationTokenAuthDisabled,
        errors.DelegationTokenNotFound,
        errors.DelegationTokenOwnerMismatch,
        errors.DelegationTokenRequestNotAllowed,
        errors.DelegationTokenAuthorizationFailed,
        errors.DelegationTokenExpired,
    }
)
