package scenario

import "os"

// The variables that name a given cluster.
const (
	// KubeconfigVariable names a kubeconfig whose user may do everything in a
	// cluster that has KEDA 2.21 or newer. Without it the suite starts a
	// cluster of its own.
	KubeconfigVariable = "HEADSTART_TEST_KUBECONFIG"
	// hostVariable is the address under which that KEDA reaches this machine,
	// 127.0.0.1 where not set.
	hostVariable = "HEADSTART_TEST_HOST"
	// imageVariable is an image that runs forever, for the workloads.
	imageVariable = "HEADSTART_TEST_IMAGE"
	// metricsVariable is the URL of KEDA's operator's metrics.
	metricsVariable = "HEADSTART_TEST_KEDA_METRICS"
	// emulatedVariable is true where nodes and pods are those of package
	// plane: `go run ./up` sets it.
	emulatedVariable = "HEADSTART_TEST_EMULATED"
)

// Given returns the cluster that the environment names, and false where it
// names none.
func Given() (Place, bool) {
	place := Place{
		Kubeconfig: os.Getenv(KubeconfigVariable), Host: os.Getenv(hostVariable), Image: os.Getenv(imageVariable),
		KEDANamespace: "keda", KEDAMetrics: os.Getenv(metricsVariable), Emulated: os.Getenv(emulatedVariable) == "true",
	}
	if place.Host == "" {
		place.Host = "127.0.0.1"
	}
	if place.Image == "" {
		place.Image = "example/workload:1"
	}
	return place, place.Kubeconfig != ""
}
