package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/headstart-scaler/headstart/calendar"
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
	// Classes are those of events, by name.
	Classes calendar.Classes
	// Schedules are the files with events, as they are; whoever reads them says
	// what is wrong with them.
	Schedules []ScheduleText
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

// ScheduleText is a file with events.
type ScheduleText struct {
	ScheduleFile // Path is of the file, and not of its folder

	Data []byte
}

// hash names the content of a configuration whose Server was written so. Where
// policies are found is no part of it.
func (s *Set) hash(server Server) string {
	server.PolicyPaths = nil
	sums := make([][sha256.Size]byte, len(s.Schedules))
	for i, file := range s.Schedules {
		sums[i] = sha256.Sum256(file.Data)
	}
	content, err := json.Marshal(struct {
		Server    Server
		Policies  []decision.Policy
		Bindings  []workload.Trigger
		Classes   calendar.Classes
		Schedules [][sha256.Size]byte
	}{server, s.Policies, s.Bindings, s.Classes, sums})
	if err != nil {
		panic(fmt.Sprintf("config: a valid configuration has no JSON: %v", err))
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])[:12]
}
