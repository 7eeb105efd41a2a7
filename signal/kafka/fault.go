package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/segmentio/kafka-go"

	"github.com/headstart-scaler/headstart/signal"
)

// fault is why something could not be read, in a Reading's terms: Unreachable
// for what mends itself (an election, a restart), Refused for what a person
// has to mend.
type fault struct {
	condition signal.Condition
	reason    string
	cause     error
}

func (f *fault) Error() string { return f.reason }

func (f *fault) Unwrap() error { return f.cause }

// mendable reports whether a person has to do something about it.
func (f *fault) mendable() bool { return f.condition == signal.Refused }

func refused(cause error, format string, args ...any) *fault {
	return &fault{signal.Refused, fmt.Sprintf(format, args...), cause}
}

func unreachable(cause error, format string, args ...any) *fault {
	return &fault{signal.Unreachable, fmt.Sprintf(format, args...), cause}
}

// moved reports whether a code says that the broker asked is no longer the
// one to ask: the cluster's layout has to be read again.
func moved(code kafka.Error) bool {
	switch code {
	case kafka.NotLeaderForPartition, kafka.LeaderNotAvailable, kafka.UnknownTopicOrPartition,
		kafka.FencedLeaderEpoch, kafka.UnknownLeaderEpoch, kafka.KafkaStorageError, kafka.ReplicaNotAvailable,
		kafka.NotCoordinatorForGroup, kafka.GroupCoordinatorNotAvailable:
		return true
	default:
		return false
	}
}

// groupFault puts a broker's answer about a group into words.
func groupFault(group, broker string, code kafka.Error) *fault {
	switch code {
	case kafka.GroupAuthorizationFailed:
		return refused(code, "consumer group %s: broker %s does not authorise it for these credentials: grant DESCRIBE on the group", group, broker)
	case kafka.InvalidGroupId:
		return refused(code, "consumer group %s: broker %s calls the name invalid: mend consumerGroup", group, broker)
	case kafka.GroupLoadInProgress:
		return unreachable(code, "consumer group %s: its coordinator %s is still loading offsets; this passes by itself", group, broker)
	case kafka.GroupCoordinatorNotAvailable, kafka.NotCoordinatorForGroup:
		return unreachable(code, "consumer group %s: no coordinator at %s now (election, or __consumer_offsets is offline)", group, broker)
	default:
		return refused(code, "consumer group %s: broker %s answered %d %s: %s", group, broker, int(code), code.Title(), code.Description())
	}
}

// topicFault puts a broker's answer about a topic into words.
func topicFault(topic, broker string, code kafka.Error) *fault {
	switch code {
	case kafka.TopicAuthorizationFailed:
		return refused(code, "topic %s: broker %s does not authorise it for these credentials: grant DESCRIBE on the topic", topic, broker)
	case kafka.UnknownTopicOrPartition:
		return refused(code, "topic %s does not exist in the cluster of %s: create it or mend the name", topic, broker)
	case kafka.InvalidTopic:
		return refused(code, "topic %s: broker %s calls the name invalid: mend topic", topic, broker)
	default:
		if moved(code) || code.Temporary() {
			return unreachable(code, "topic %s: broker %s answered %d %s", topic, broker, int(code), code.Title())
		}
		return refused(code, "topic %s: broker %s answered %d %s: %s", topic, broker, int(code), code.Title(), code.Description())
	}
}

// linkFault puts an error of a connection to a broker into words.
func linkFault(broker, stage string, err error) *fault {
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	if f := tlsFault(broker, err); f != nil {
		return f
	}
	var dns *net.DNSError
	switch {
	case stage == stageHandshake && (timedOut(err) || closedByPeer(err)):
		return unreachable(err, "broker %s does not answer the TLS handshake: is this port its TLS listener?", broker)
	case timedOut(err):
		return unreachable(err, "broker %s did not answer in time (%s)", broker, stage)
	case errors.Is(err, context.Canceled):
		return unreachable(err, "broker %s: reading was called off (%s)", broker, stage)
	case errors.As(err, &dns):
		return unreachable(err, "broker %s: its name does not resolve: %v", broker, err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return unreachable(err, "broker %s refuses connections: is it running, and is the port right?", broker)
	case closedByPeer(err) && stage == stageRequest:
		return unreachable(err, "broker %s closed the connection: it is stopping, or its listener wants SASL and none is configured", broker)
	case closedByPeer(err):
		return unreachable(err, "broker %s closed the connection (%s): it is starting or stopping, or its listener wants TLS and none is configured", broker, stage)
	default:
		return unreachable(err, "broker %s: %s: %v", broker, stage, err)
	}
}

func tlsFault(broker string, err error) *fault {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		alert     *net.OpError
	)
	switch {
	case errors.As(err, &authority):
		return refused(err, "broker %s: TLS: its certificate is signed by an authority we do not know: set the CA file (%v)", broker, err)
	case errors.As(err, &host):
		return refused(err, "broker %s: TLS: its certificate is for another name: set the server name (%v)", broker, err)
	case errors.As(err, &invalid):
		return refused(err, "broker %s: TLS: its certificate is not valid: %v", broker, err)
	case errors.As(err, &record):
		return refused(err, "broker %s: TLS: the listener does not speak TLS: use its TLS port or turn TLS off", broker)
	case errors.As(err, &alert) && alert.Op == "remote error": // how crypto/tls wraps a peer's alert
		return refused(err, "broker %s: TLS: it refused our handshake (%v): check the client certificate and key", broker, alert.Err)
	default:
		return nil
	}
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.As(err, &timeout) && timeout.Timeout()
}

func closedByPeer(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// codeOf returns the broker's code behind a fault, or false without one.
func codeOf(f *fault) (kafka.Error, bool) {
	var code kafka.Error
	if f == nil || f.cause == nil || !errors.As(f.cause, &code) {
		return 0, false
	}
	return code, true
}

// gone reports whether the cluster says of a topic that there is none.
func gone(x topic) bool { return x.code == kafka.UnknownTopicOrPartition }
