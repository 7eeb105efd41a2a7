package workload

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Bounds on what KEDA may send us as trigger metadata. A request beyond them
// is refused before anything of it is looked at.
const (
	MaxMetadataKeys  = 64
	MaxMetadataBytes = 64 << 10
	maxNameLength    = 253 // a DNS subdomain, and more than Kafka's 249
	maxLabelLength   = 63  // a DNS label
)

// Keys of the trigger metadata.
const (
	keyScalerAddress = "scalerAddress"
	keyEnableTLS     = "enableTLS"
	keyUnsafeSsl     = "unsafeSsl"
	keyPolicy        = "policy"
	keyMinReplicas   = "minReplicas"
	keyMaxReplicas   = "maxReplicas"
	keyMode          = "mode"
	keyConsumerGroup = "consumerGroup"
	keyTopic         = "topic"
)

// The modes a trigger may choose; package decision gives them meaning.
const (
	modeShadow  = "shadow"
	modeAdvise  = "advise"
	modeEnforce = "enforce"
)

// MetadataKeys lists the keys a trigger's metadata may have, in the order
// documentation names them.
func MetadataKeys() []string {
	return []string{
		keyScalerAddress, keyEnableTLS, keyUnsafeSsl, keyPolicy, keyMinReplicas, keyMaxReplicas, keyMode,
		keyConsumerGroup, keyTopic,
	}
}

// MetadataError says which key of a trigger's metadata is wrong, what was
// found and how to mend it.
type MetadataError struct {
	// Key is the offending key, shortened; empty when the metadata as a whole
	// is wrong.
	Key string
	// Reason names what was found; Fix says what to write.
	Reason, Fix string
}

// Error is one sentence of what is wrong and one of how to mend it.
func (e *MetadataError) Error() string {
	if e.Key == "" {
		return fmt.Sprintf("trigger metadata: %s: %s", e.Reason, e.Fix)
	}
	return fmt.Sprintf("trigger metadata %s: %s: %s", e.Key, e.Reason, e.Fix)
}

// ParseTrigger turns the metadata of a ScaledObject's trigger into a Trigger.
// It does not allocate unless it fails. Every error is a *MetadataError.
func ParseTrigger(id ID, metadata map[string]string) (Trigger, error) {
	if err := checkSize(metadata); err != nil {
		return Trigger{}, err
	}
	t := Trigger{Workload: id}
	for key, value := range metadata {
		if err := t.set(key, value); err != nil {
			return Trigger{}, firstError(id, metadata, err)
		}
	}
	if t.Policy == "" {
		return Trigger{}, missingPolicy(metadata)
	}
	if t.Min.Set && t.Max.Set && t.Min.Value > t.Max.Value {
		return Trigger{}, &MetadataError{
			Key:    keyMinReplicas,
			Reason: fmt.Sprintf("%d is above maxReplicas %d", t.Min.Value, t.Max.Value),
			Fix:    "write minReplicas ≤ maxReplicas",
		}
	}
	return t, nil
}

// MetricName is the name of the metric KEDA asks for. It is stable, so that
// the HPA never loses its metric over a change of configuration. A policy's
// name is a DNS label and so a valid metric name.
func MetricName(policy string) string { return "headstart-" + policy }

// checkSize refuses metadata nobody wrote by hand.
func checkSize(metadata map[string]string) error {
	if len(metadata) > MaxMetadataKeys {
		return &MetadataError{
			Reason: fmt.Sprintf("found %d keys, at most %d are read", len(metadata), MaxMetadataKeys),
			Fix:    "keep only the keys of Headstart",
		}
	}
	size := 0
	for key, value := range metadata {
		size += len(key) + len(value)
		if size > MaxMetadataBytes {
			return &MetadataError{
				Reason: fmt.Sprintf("found more than %d KiB", MaxMetadataBytes>>10),
				Fix:    "keep only the keys of Headstart; configuration belongs into the policy",
			}
		}
	}
	return nil
}

// set takes one key into the trigger.
func (t *Trigger) set(key, value string) *MetadataError {
	var err *MetadataError
	switch key {
	case keyPolicy:
		t.Policy, err = value, checkLabel(key, value)
	case keyMinReplicas:
		t.Min, err = parseReplicas(key, value, 0)
	case keyMaxReplicas:
		t.Max, err = parseReplicas(key, value, 1)
	case keyMode:
		t.Mode, err = value, checkMode(value)
	case keyConsumerGroup:
		t.ConsumerGroup, err = value, checkGroup(key, value)
	case keyTopic:
		t.Topic, err = value, checkTopic(key, value)
	case keyScalerAddress:
		err = checkAddress(key, value)
	case keyEnableTLS, keyUnsafeSsl:
		err = checkBool(key, value)
	default:
		err = unknownKey(key)
	}
	return err
}

// firstError makes the error the same however the map is walked: that of the
// first key in order.
func firstError(id ID, metadata map[string]string, found *MetadataError) error {
	keys := make([]string, 0, len(metadata))
	for key := range metadata {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	t := Trigger{Workload: id}
	for _, key := range keys {
		if err := t.set(key, metadata[key]); err != nil {
			return err
		}
	}
	return found
}

func missingPolicy(metadata map[string]string) error {
	fix := "add policy: NAME, the name of a Policy in Headstart's configuration"
	if _, ok := metadata[keyPolicy]; ok {
		return &MetadataError{Key: keyPolicy, Reason: "is empty", Fix: fix}
	}
	return &MetadataError{Key: keyPolicy, Reason: "is missing", Fix: fix}
}

func unknownKey(key string) *MetadataError {
	err := &MetadataError{Key: quote(key), Reason: "is not a key of Headstart"}
	switch near := Nearest(key, MetadataKeys()); {
	case key == "caCert" || key == "tlsClientCert" || key == "tlsClientKey":
		err.Fix = "move it into a TriggerAuthentication"
	case near != "":
		err.Fix = fmt.Sprintf("did you mean %s?", near)
	case strings.HasSuffix(key, "FromEnv"):
		err.Fix = "write the value itself: " + strings.Join(MetadataKeys()[3:], ", ") + " are not secret"
	default:
		err.Fix = "remove it, or set it in the policy; a trigger may have " + strings.Join(MetadataKeys(), ", ")
	}
	return err
}

func parseReplicas(key, value string, least int32) (Override, *MetadataError) {
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || int32(n) < least {
		return Override{}, &MetadataError{
			Key:    key,
			Reason: "found " + quote(value),
			Fix:    fmt.Sprintf("write a whole number from %d to 2147483647, in quotes", least),
		}
	}
	return Override{Set: true, Value: int32(n)}, nil
}

// quote shows a value in an error, never more of it than a person reads.
func quote(s string) string {
	const most = 64
	if len(s) <= most {
		return strconv.Quote(s)
	}
	return strconv.Quote(s[:most]) + "… (" + strconv.Itoa(len(s)) + " bytes)"
}
