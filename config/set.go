package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

// Set is a whole configuration. It is valid and read-only.
type Set struct {
	Server Server
	// Policies in the order of their names.
	Policies []decision.Policy
	// Bindings are the workloads that policies name themselves, in the order
	// of policies.
	Bindings []workload.Trigger
	// Hash names the content: the first 12 hex digits of a SHA-256 over what
	// the files mean, so that a comment does not change it.
	Hash string
	// Files are all files read, in order.
	Files []string

	// written is Server with the names of files as they are written, so that
	// the hash is the same wherever the files lie.
	written Server
}

// Policy finds a policy by its name.
func (s *Set) Policy(name string) (decision.Policy, bool) {
	for _, p := range s.Policies {
		if p.Name == name {
			return p, true
		}
	}
	return decision.Policy{}, false
}

// Facts is what a lint of ScaledObjects has to know of a policy.
func Facts(p decision.Policy) workload.PolicyFacts {
	return workload.PolicyFacts{
		Name: p.Name, Min: int32(p.Min), Max: int32(p.Max), Overshoot: p.Actuation.Overshoot, Mode: string(p.Mode),
	}
}

// hashOf names the content of a configuration. Where policies are found is no
// part of it.
func hashOf(server Server, policies []decision.Policy, bindings []workload.Trigger) string {
	server.PolicyPaths = nil
	content, err := json.Marshal(struct {
		Server   Server
		Policies []decision.Policy
		Bindings []workload.Trigger
	}{server, policies, bindings})
	if err != nil {
		panic(fmt.Sprintf("config: a valid configuration has no JSON: %v", err))
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])[:12]
}
