package demo

import (
	_ "embed"
	"strings"
)

//go:embed demo.yaml
var configuration string

// Configuration is the demo's, as `headstart serve --config` reads it.
func (p *Platform) Configuration() string {
	return strings.NewReplacer(
		"BROKERS", strings.Join(p.broker.addresses(), ","),
		"METRICS", p.address,
	).Replace(configuration)
}
