package scenario

import (
	"errors"
	"os"
)

// The variables that name a given cluster; doc.go says what they mean.
const (
	KubeconfigVariable = "HEADSTART_TEST_KUBECONFIG"
	HostVariable       = "HEADSTART_TEST_HOST"
	ImageVariable      = "HEADSTART_TEST_IMAGE"
	MetricsVariable    = "HEADSTART_TEST_KEDA_METRICS"
	EmulatedVariable   = "HEADSTART_TEST_EMULATED"
)

// Given returns the cluster that the environment names, and false where it
// names none.
func Given() (place Place, given bool, err error) {
	place = Place{
		Kubeconfig: os.Getenv(KubeconfigVariable), Host: os.Getenv(HostVariable), Image: os.Getenv(ImageVariable),
		KEDANamespace: "keda", KEDAMetrics: os.Getenv(MetricsVariable), Emulated: os.Getenv(EmulatedVariable) == "true",
	}
	given = place.Kubeconfig != ""
	if given && !place.Emulated && (place.Host == "" || place.Image == "") {
		return Place{}, false, errors.New("a cluster with kubelets needs " + HostVariable + ", the address under which its KEDA reaches this machine, and " +
			ImageVariable + ", an image that runs forever")
	}
	if place.Host == "" {
		place.Host = "127.0.0.1"
	}
	if place.Image == "" {
		place.Image = "example/workload:1" // nobody pulls it
	}
	return place, given, nil
}
