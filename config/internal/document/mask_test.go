package document

import (
	"strings"
	"testing"
)

func TestMaskShowsNoSecret(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"password: hunter2", "password: ***"},
		{"  - password:   'hunter2' # why", "  - password:   ***"},
		{"passwordFile: /etc/kafka/password", "passwordFile: /etc/kafka/password"},
		{"passwordFromEnv: KAFKA_PASSWORD", "passwordFromEnv: KAFKA_PASSWORD"},
		{"passwordFromEnv: hunter-2", "passwordFromEnv: ***"},
		{"{user: {apiKey: hunter2}, b: 1}", "{user: {apiKey: ***"},
		{`{"token":"hunter2"}`, `{"token":***`},
		{"serverAddress: https://u:hunter2@host/x", "serverAddress: https://***@host/x"},
		{"servers: [u:hunter2@host:9092]", "servers: [***@host:9092]"},
		{"note: Bearer hunter2 there", "note: Bearer *** there"},
		{"secret: |\n  hunter2", "  ***"},
		{"secret:\n  a:\n    b: hunter2", "    ***"},
		{"a:\n  secret: \"x\nhunter2\"", "***"},
		{"customHeaders:\n  X-Scope: hunter2", "  X-Scope: ***"},
		{"customHeaders:\n  X: y\nother: shown", "other: shown"},
		{"secret: x\nother: shown", "other: shown"},
	} {
		lines := strings.Split(c.text, "\n")
		if got := mask(lines, len(lines)-1); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}
