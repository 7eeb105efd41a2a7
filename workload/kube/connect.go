package kube

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/headstart-scaler/headstart/workload"
)

// Mode says whether a cluster is used.
type Mode string

// The modes. Auto means On inside a cluster or where a kubeconfig is named,
// and Off, without a word, everywhere else.
const (
	Auto Mode = "auto"
	On   Mode = "on"
	Off  Mode = "off"
)

// Options say which cluster to watch and what of it.
type Options struct {
	// Mode is Auto when empty.
	Mode Mode
	// Kubeconfig is a file; empty means the service account of the pod this
	// runs in. Context chooses a context of that file other than its own.
	Kubeconfig, Context string
	// Namespaces to watch; none means all.
	Namespaces []string
	// Addresses under which KEDA reaches us: a trigger whose scalerAddress is
	// none of them is somebody else's. None means that every trigger with a
	// policy in its metadata is ours.
	Addresses []string
	// Found is called with each trigger of ours when it appears or changes,
	// from a goroutine of the Cluster. It may be nil; it must not block.
	Found func(workload.Trigger)
	// Logger may be nil.
	Logger *slog.Logger
	// Now is time.Now when nil.
	Now func() time.Time
}

// The client's own rate limit. Watches take one request each in 5 to 10
// minutes; what remains is for polled targets and Events.
const (
	requestsPerSecond = 20
	requestBurst      = 40
)

// Connect returns a Cluster as the options say. It reads the configuration and
// sends nothing: whether the API server answers shows in Status once Run runs.
// Off, and Auto outside a cluster, give a Cluster that knows nothing.
func Connect(o Options) (*Cluster, error) {
	switch o.Mode {
	case "", Auto, On:
	case Off:
		return New(Clients{}, o, "switched off"), nil
	default:
		return nil, fmt.Errorf("kubernetes mode %q is not known: use auto, on or off", o.Mode)
	}
	config, err := o.restConfig()
	if err != nil {
		if o.Mode != On && o.Kubeconfig == "" {
			return New(Clients{}, o, absence(err)), nil
		}
		return nil, err
	}
	config.QPS, config.Burst = requestsPerSecond, requestBurst
	config.WarningHandlerWithContext = rest.NoWarnings{}
	rest.AddUserAgent(config, "headstart")
	clients, err := dial(config)
	if err != nil {
		return nil, err
	}
	return New(clients, o, "watching "+config.Host), nil
}

// restConfig reads where the API server is and who we are.
func (o Options) restConfig() (*rest.Config, error) {
	if o.Kubeconfig == "" {
		config, err := rest.InClusterConfig()
		if err != nil {
			return nil, fmt.Errorf("read the pod's service account: %w; outside a cluster name a kubeconfig", err)
		}
		return config, nil
	}
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		&clientcmd.ClientConfigLoadingRules{ExplicitPath: o.Kubeconfig},
		&clientcmd.ConfigOverrides{CurrentContext: o.Context},
	).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig %s: %w", o.Kubeconfig, err)
	}
	return config, nil
}

// absence says why Auto found no cluster.
func absence(err error) string {
	switch {
	case errors.Is(err, rest.ErrNotInCluster):
		return "not in a cluster, and no kubeconfig is named"
	case errors.Is(err, os.ErrNotExist):
		return "in a pod without a service account token (automountServiceAccountToken: false?)"
	default:
		return err.Error()
	}
}

// Clients are the ways to an API server. The zero Clients have none.
type Clients struct {
	Dynamic dynamic.Interface
	Kube    kubernetes.Interface
}

func dial(config *rest.Config) (Clients, error) {
	// ScaledObjects are a custom resource, which is served as JSON only.
	unstructured, err := dynamic.NewForConfig(config)
	if err != nil {
		return Clients{}, fmt.Errorf("configure the client of %s: %w", config.Host, err)
	}
	// Protobuf costs the API server and us a fraction of JSON.
	typed := rest.CopyConfig(config)
	typed.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	typed.ContentType = "application/vnd.kubernetes.protobuf"
	builtin, err := kubernetes.NewForConfig(typed)
	if err != nil {
		return Clients{}, fmt.Errorf("configure the client of %s: %w", config.Host, err)
	}
	return Clients{Dynamic: unstructured, Kube: builtin}, nil
}
