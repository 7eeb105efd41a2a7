package workload

import (
	"strconv"
	"strings"
)

// checkMode accepts what decision.Mode has.
func checkMode(value string) *MetadataError {
	switch value {
	case modeShadow, modeAdvise, modeEnforce:
		return nil
	}
	fix := "write shadow, advise or enforce"
	if near := Nearest(value, []string{modeShadow, modeAdvise, modeEnforce}); near != "" {
		fix = "did you mean " + near + "?"
	}
	return &MetadataError{Key: keyMode, Reason: "found " + quote(value), Fix: fix}
}

// checkBool accepts what KEDA itself parses with.
func checkBool(key, value string) *MetadataError {
	if _, err := strconv.ParseBool(value); err != nil {
		return &MetadataError{Key: key, Reason: "found " + quote(value), Fix: `write "true" or "false"`}
	}
	return nil
}

func checkAddress(key, value string) *MetadataError {
	if len(value) > maxNameLength || strings.ContainsFunc(value, isSpaceOrControl) {
		return &MetadataError{
			Key: key, Reason: "found " + quote(value),
			Fix: "write HOST:PORT, such as headstart.headstart.svc:9090",
		}
	}
	return nil
}

// checkGroup accepts any consumer group Kafka does, up to a bound.
func checkGroup(key, value string) *MetadataError {
	if value == "" || len(value) > maxNameLength || strings.ContainsFunc(value, isControl) {
		return &MetadataError{
			Key: key, Reason: "found " + quote(value),
			Fix: "write the group.id of the consumers, 1 to 253 bytes, or leave the key out",
		}
	}
	return nil
}

// checkTopic accepts a legal topic name, by Kafka's own rule.
func checkTopic(key, value string) *MetadataError {
	if !IsTopic(value) {
		return &MetadataError{
			Key: key, Reason: "found " + quote(value),
			Fix: "write one topic of 1 to 249 letters, digits, '.', '_' and '-'; several topics belong into the policy",
		}
	}
	return nil
}

func checkLabel(key, value string) *MetadataError {
	if !IsDNSLabel(value) {
		return &MetadataError{
			Key: key, Reason: "found " + quote(value),
			Fix: "write the name of a Policy: lower-case letters, digits and '-', at most 63",
		}
	}
	return nil
}

// IsDNSLabel reports whether s is a label of RFC 1123: 1 to 63 of a-z, 0-9
// and '-', with no '-' at either end.
func IsDNSLabel(s string) bool {
	if s == "" || len(s) > maxLabelLength || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// IsDNSSubdomain reports whether s is a name Kubernetes gives to objects:
// labels of RFC 1123 joined by dots, at most 253 bytes.
func IsDNSSubdomain(s string) bool {
	if len(s) > maxNameLength {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if !IsDNSLabel(label) {
			return false
		}
	}
	return true
}

// IsTopic reports whether s is a legal Kafka topic: 1 to 249 of a-z, A-Z,
// 0-9, '.', '_' and '-', and neither "." nor "..".
func IsTopic(s string) bool {
	const longest = 249 // org.apache.kafka.common.internals.Topic
	if s == "" || len(s) > longest || s == "." || s == ".." {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
		if !letter && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

func isSpaceOrControl(r rune) bool { return r <= 0x20 || r == 0x7f }
