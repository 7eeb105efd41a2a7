package config_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/headstart-scaler/headstart/config"
)

const examples = "../deploy/examples"

// TestExamplesAreFine keeps what people copy without a finding.
func TestExamplesAreFine(t *testing.T) {
	report := config.Check([]string{examples})
	if report.ExitCode(true) != 0 || len(report.Problems) > 0 {
		t.Errorf("\n%s", report)
	}
	if report.Policies != 4 || report.ScaledObjects != 4 {
		t.Errorf("%d policies, %d ScaledObjects", report.Policies, report.ScaledObjects)
	}
}

// TestWhatTheExampleOffersIsFine takes the comment signs off what the Server
// only shows.
func TestWhatTheExampleOffersIsFine(t *testing.T) {
	data, err := os.ReadFile(examples + "/server.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(data), "policies: [policies/]", "policies: []", 1)
	for _, field := range []string{"namespaces", "addresses"} {
		text = strings.Replace(text, "# "+field+":", field+":", 1)
	}
	set, err := config.LoadFS(fstest.MapFS{"server.yaml": {Data: []byte(text)}}, "server.yaml")
	if err != nil {
		t.Fatal(err)
	}
	object, err := os.ReadFile(examples + "/scaledobject-deposits.yaml")
	if err != nil {
		t.Fatal(err)
	}
	k := set.Server.Kubernetes
	if len(k.Namespaces) == 0 || !strings.Contains(string(object), "namespace: "+k.Namespaces[0]+"\n") {
		t.Errorf("namespaces %v, and not that of the example's ScaledObject", k.Namespaces)
	}
	if len(k.Addresses) != 1 || !strings.Contains(string(object), "scalerAddress: "+k.Addresses[0]+"\n") {
		t.Errorf("addresses %v, and not that of the example's ScaledObject", k.Addresses)
	}
}

func ExampleLoad() {
	set, err := config.Load(examples + "/server.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range set.Policies {
		fmt.Printf("%s: %d to %d replicas, quantile %.3f\n", p.Name, p.Min, p.Max, p.Quantile)
	}
	// Output:
	// deposits: 2 to 48 replicas, quantile 0.990
	// lobby-api: 4 to 120 replicas, quantile 0.990
	// realtime: 3 to 60 replicas, quantile 0.998
	// settlement: 0 to 20 replicas, quantile 0.900
}
