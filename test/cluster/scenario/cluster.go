package scenario

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	authentication "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/headstart-scaler/headstart/test/rig"
)

// Place says where a cluster is and what kind it is.
type Place struct {
	// Kubeconfig is a file whose user may do everything.
	Kubeconfig string
	// Host is the name or address under which KEDA reaches this machine.
	Host string
	// Image of the workloads' containers.
	Image string
	// KEDANamespace is where KEDA reads the Secrets of a
	// ClusterTriggerAuthentication.
	KEDANamespace string
	// KEDAMetrics is the URL of the operator's metrics; empty where they
	// cannot be reached.
	KEDAMetrics string
	// Emulated is true for nodes and pods without a kubelet, whose delays a
	// scenario sets.
	Emulated bool
}

// Cluster is a cluster with KEDA that scenarios run on, side by side.
type Cluster struct {
	Place
	Kube kubernetes.Interface

	config    *rest.Config
	dynamic   dynamic.Interface
	mapper    *restmapper.DeferredDiscoveryRESTMapper
	mapping   sync.Mutex // the mapper's reset and its use
	authority *rig.Authority
	folder    string             // of this run's kubeconfig for Headstart
	user      string             // kubeconfig of Headstart's service account
	examples  string             // deploy/examples
	nodes     func() int         // that are Ready
	stop      context.CancelFunc // of the watch of nodes
}

// requestsPerSecond of the tests' own client: it must not be what a scenario
// measures.
const requestsPerSecond = 500

// Connect prepares a cluster: Headstart's rights, from the examples. Close it
// when done.
func Connect(ctx context.Context, place Place) (*Cluster, error) {
	c := &Cluster{Place: place}
	var err error
	if c.config, err = clientcmd.BuildConfigFromFlags("", place.Kubeconfig); err != nil {
		return nil, fmt.Errorf("read kubeconfig %s: %w", place.Kubeconfig, err)
	}
	c.config.QPS, c.config.Burst = requestsPerSecond, 2*requestsPerSecond
	if c.Kube, err = kubernetes.NewForConfig(c.config); err != nil {
		return nil, fmt.Errorf("configure the client: %w", err)
	}
	if c.dynamic, err = dynamic.NewForConfig(c.config); err != nil {
		return nil, fmt.Errorf("configure the client: %w", err)
	}
	c.mapper = restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(c.Kube.Discovery()))
	root, err := rig.Root()
	if err != nil {
		return nil, err
	}
	c.examples = filepath.Join(root, "deploy", "examples")
	if c.authority, err = rig.MakeAuthority("headstart"); err != nil {
		return nil, err
	}
	if c.folder, err = os.MkdirTemp("", "headstart-scenario-"); err != nil {
		return nil, fmt.Errorf("make a folder for the kubeconfig: %w", err)
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	if err := c.prepare(ctx, watching); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// prepare sees that the cluster answers, begins to watch it and installs
// Headstart's rights.
func (c *Cluster) prepare(ctx, watching context.Context) error {
	first, cancel := context.WithTimeout(ctx, firstAnswer)
	defer cancel()
	if _, err := c.Kube.CoreV1().Namespaces().List(first, metav1.ListOptions{Limit: 1}); err != nil {
		return fmt.Errorf("ask the cluster of %s: %w: is it still there?", c.Kubeconfig, err)
	}
	if err := c.watchNodes(ctx, watching); err != nil {
		return err
	}
	return c.install(ctx)
}

// firstAnswer is how long a cluster may take to say that it is there.
const firstAnswer = 15 * time.Second

// Close removes this machine's files of the cluster; what was applied stays.
func (c *Cluster) Close() {
	c.stop()
	_ = os.RemoveAll(c.folder) // it holds a token that ends by itself
}

// install applies what an SRE applies before the first ScaledObject.
func (c *Cluster) install(ctx context.Context) error {
	if err := c.refuseInstalled(ctx); err != nil {
		return err
	}
	if err := c.ensureNamespace(ctx, "headstart"); err != nil {
		return err
	}
	objects, err := c.Example("rbac.yaml")
	if err != nil {
		return err
	}
	if err := c.Apply(ctx, objects...); err != nil {
		return err
	}
	c.user, err = c.serviceAccount(ctx, "headstart", "headstart")
	return err
}

// suiteLabel marks the namespaces that are the suite's.
const suiteLabel = "headstart.test/suite"

// refuseInstalled keeps the suite from taking over a Headstart that somebody
// runs in the cluster.
func (c *Cluster) refuseInstalled(ctx context.Context) error {
	namespace, err := c.Kube.CoreV1().Namespaces().Get(ctx, "headstart", metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		return fmt.Errorf("look for an installed Headstart: %w", err)
	case namespace.Labels[suiteLabel] == "":
		return errors.New("the cluster has a namespace headstart that is not of this suite: the scenarios' rights would replace those of the Headstart in it")
	default:
		return nil
	}
}

// serviceAccount writes a kubeconfig whose user is a service account.
func (c *Cluster) serviceAccount(ctx context.Context, namespace, name string) (string, error) {
	seconds := int64(2 * 60 * 60) // the suite takes a quarter of an hour
	token, err := c.Kube.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, name,
		&authentication.TokenRequest{Spec: authentication.TokenRequestSpec{ExpirationSeconds: &seconds}}, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("request a token of service account %s/%s: %w", namespace, name, err)
	}
	ca := c.config.CAData
	if len(ca) == 0 && c.config.CAFile != "" {
		if ca, err = os.ReadFile(c.config.CAFile); err != nil {
			return "", fmt.Errorf("read the API server's authority: %w", err)
		}
	}
	k := clientcmdapi.NewConfig()
	k.Clusters["cluster"] = &clientcmdapi.Cluster{Server: c.config.Host, CertificateAuthorityData: ca}
	k.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: token.Status.Token}
	k.Contexts[name] = &clientcmdapi.Context{Cluster: "cluster", AuthInfo: name}
	k.CurrentContext = name
	path := filepath.Join(c.folder, "kubeconfig")
	if err := clientcmd.WriteToFile(*k, path); err != nil {
		return "", fmt.Errorf("write Headstart's kubeconfig: %w", err)
	}
	return path, nil
}

func (c *Cluster) ensureNamespace(ctx context.Context, name string) error {
	return c.Apply(ctx, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name, "labels": map[string]any{suiteLabel: "true"}},
	}})
}

// Apply applies objects by server-side apply, in their order.
func (c *Cluster) Apply(ctx context.Context, objects ...*unstructured.Unstructured) error {
	for _, o := range objects {
		api, err := c.api(o)
		if err != nil {
			return err
		}
		if _, err := api.Apply(ctx, o.GetName(), o, metav1.ApplyOptions{FieldManager: "scenario", Force: true}); err != nil {
			return fmt.Errorf("apply %s %s/%s: %w", o.GetKind(), o.GetNamespace(), o.GetName(), err)
		}
	}
	return nil
}

// Delete deletes an object with all that it owns.
func (c *Cluster) Delete(ctx context.Context, o *unstructured.Unstructured) error {
	api, err := c.api(o)
	if err != nil {
		return err
	}
	background := metav1.DeletePropagationBackground
	if err := api.Delete(ctx, o.GetName(), metav1.DeleteOptions{PropagationPolicy: &background}); err != nil {
		return fmt.Errorf("delete %s %s/%s: %w", o.GetKind(), o.GetNamespace(), o.GetName(), err)
	}
	return nil
}

// api is the resource of an object's kind, in the object's namespace.
func (c *Cluster) api(o *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	c.mapping.Lock()
	defer c.mapping.Unlock()
	kind := o.GroupVersionKind()
	found, err := c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		c.mapper.Reset() // a CustomResourceDefinition may be new
		if found, err = c.mapper.RESTMapping(kind.GroupKind(), kind.Version); err != nil {
			return nil, fmt.Errorf("find the resource of %s: %w", kind, err)
		}
	}
	if o.GetNamespace() == "" {
		return c.dynamic.Resource(found.Resource), nil
	}
	return c.dynamic.Resource(found.Resource).Namespace(o.GetNamespace()), nil
}

// Example reads the objects of a file of deploy/examples, as they are.
func (c *Cluster) Example(name string) ([]*unstructured.Unstructured, error) {
	text, err := os.ReadFile(filepath.Join(c.examples, filepath.FromSlash(name)))
	if err != nil {
		return nil, fmt.Errorf("read the example: %w", err)
	}
	objects, err := Objects(string(text))
	if err != nil {
		return nil, fmt.Errorf("read the example %s: %w", name, err)
	}
	return objects, nil
}

// Objects reads YAML documents.
func Objects(text string) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	for decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader([]byte(text)), 4096); ; {
		o := &unstructured.Unstructured{}
		err := decoder.Decode(&o.Object)
		switch {
		case errors.Is(err, io.EOF):
			return objects, nil
		case err != nil:
			return nil, fmt.Errorf("read document %d: %w", len(objects)+1, err)
		case len(o.Object) > 0:
			objects = append(objects, o)
		}
	}
}
