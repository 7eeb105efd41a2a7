package config_test

import (
	"fmt"
	"testing"

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
