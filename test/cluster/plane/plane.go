package plane

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/headstart-scaler/headstart/test/rig"
)

//go:embed stages/*.yaml
var stageFiles embed.FS

// KEDANamespace is where KEDA reads the Secrets of a
// ClusterTriggerAuthentication.
const KEDANamespace = "keda"

// Options of a plane. The zero value is what most suites want.
type Options struct {
	// Folder for everything the plane writes; a new temporary one where empty.
	Folder string
	// Progress is told what is built, and how long that took; it may be nil.
	Progress io.Writer
	// ControllerQPS and KEDAQPS limit the requests per second of the
	// controller manager's and of KEDA's clients; 0 leaves upstream's limits.
	ControllerQPS, KEDAQPS int
}

// ManyQPS is what the clients of KEDA and of the controller manager are let ask
// a second where hundreds of ScaledObjects play. By upstream's 20, KEDA took
// more than five minutes to make the HPAs of 500: who has as many raises the
// limit.
const ManyQPS = 200

// Plane is a running control plane.
type Plane struct {
	options   Options
	folder    string
	temporary bool
	ports     ports
	token     string // of everybody here
	built     map[string]binary
	probe     *http.Client
	config    *rest.Config
	kube      kubernetes.Interface
	dynamic   dynamic.Interface

	mu      sync.Mutex // guards the three below
	running map[string]*rig.Process
	order   []string // names in running, as first started
	stopped bool

	stopKubelet func() // returns when it has ended
}

// requestsPerSecond of the tests' own client: it must not be what a test
// measures.
const requestsPerSecond = 1000

// Start builds what is missing, starts a plane and returns when all its parts
// are ready and its base nodes are. Stop it when done. After an error nothing
// runs, and the logs are where the error says.
func Start(ctx context.Context, o Options) (*Plane, error) {
	p, err := prepare(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := p.boot(ctx); err != nil {
		p.Stop()
		return nil, fmt.Errorf("start the plane in %s: %w", p.folder, err)
	}
	return p, nil
}

// prepare does everything that needs no running program.
func prepare(ctx context.Context, o Options) (*Plane, error) {
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	p := &Plane{options: o, folder: o.Folder, token: rand.Text(), running: map[string]*rig.Process{}, stopKubelet: func() {}}
	var err error
	if p.built, err = buildAll(ctx, o.Progress); err != nil {
		return nil, err
	}
	if p.ports, err = freePorts(); err != nil {
		return nil, err
	}
	if p.folder == "" {
		p.temporary = true
		if p.folder, err = os.MkdirTemp("", "headstart-plane-"); err != nil {
			return nil, fmt.Errorf("make a folder for the plane: %w", err)
		}
	}
	if p.folder, err = filepath.Abs(p.folder); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(p.folder, "logs"), 0o750); err != nil {
		return nil, fmt.Errorf("make a folder for logs: %w", err)
	}
	if err := errors.Join(writeCredentials(p.cert(""), p.token), p.writeStages(), p.writeKubeconfig()); err != nil {
		return nil, err
	}
	return p, p.connect()
}

func (p *Plane) writeStages() error {
	names, err := stageFiles.ReadDir("stages")
	if err != nil {
		return err
	}
	var all []byte
	for _, name := range names {
		text, err := stageFiles.ReadFile("stages/" + name.Name())
		if err != nil {
			return err
		}
		all = append(append(all, text...), "---\n"...)
	}
	return os.WriteFile(p.stages(), all, 0o600)
}

func (p *Plane) writeKubeconfig() error {
	const name = "plane"
	k := clientcmdapi.NewConfig()
	k.Clusters[name] = &clientcmdapi.Cluster{Server: "https://" + loopback(p.ports.apiserver), CertificateAuthority: p.cert(caFile)}
	k.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: p.token}
	k.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	k.CurrentContext = name
	return clientcmd.WriteToFile(*k, p.Kubeconfig())
}

func (p *Plane) connect() error {
	ca, err := os.ReadFile(p.cert(caFile))
	if err != nil {
		return fmt.Errorf("read the plane's authority: %w", err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	p.probe = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	if p.config, err = clientcmd.BuildConfigFromFlags("", p.Kubeconfig()); err != nil {
		return fmt.Errorf("read the plane's kubeconfig: %w", err)
	}
	p.config.QPS, p.config.Burst = requestsPerSecond, 2*requestsPerSecond
	if p.kube, err = kubernetes.NewForConfig(p.config); err != nil {
		return fmt.Errorf("configure the plane's client: %w", err)
	}
	if p.dynamic, err = dynamic.NewForConfig(p.config); err != nil {
		return fmt.Errorf("configure the plane's client: %w", err)
	}
	return nil
}

// boot starts everything, side by side where nothing is needed first.
func (p *Plane) boot(ctx context.Context) error {
	for _, name := range []string{etcd, apiserver} {
		if err := p.start(ctx, name); err != nil {
			return err
		}
	}
	if err := p.startKubelet(ctx); err != nil {
		return err
	}
	err := together(
		func() error { return p.start(ctx, controllers) },
		func() error { return p.start(ctx, scheduler) },
		func() error { return p.start(ctx, kwok) },
		func() error { return p.install(ctx) },
	)
	if err != nil {
		return err
	}
	return together(
		func() error { return p.start(ctx, kedaOperator) },
		func() error { return p.start(ctx, kedaAdapter) },
		func() error { return p.start(ctx, karpenter) },
		func() error { return p.awaitMetrics(ctx) },
		func() error { return p.addBase(ctx) },
	)
}

// together runs functions side by side and returns all their errors.
func together(all ...func() error) error {
	failed := make([]error, len(all))
	var running sync.WaitGroup
	for i, one := range all {
		running.Go(func() { failed[i] = one() })
	}
	running.Wait()
	return errors.Join(failed...)
}

// keep remembers a process, and kills it where the plane was stopped
// meanwhile.
func (p *Plane) keep(name string, process *rig.Process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		process.Kill()
	}
	p.running[name] = process
	if !slices.Contains(p.order, name) {
		p.order = append(p.order, name)
	}
}

// Stop ends every process and returns when they are gone. It may be called
// again. The folder stays: Remove removes it.
func (p *Plane) Stop() {
	p.stopKubelet()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	for _, name := range slices.Backward(p.order) {
		p.running[name].Kill()
	}
}

// Remove stops the plane and removes its folder, if that was a temporary one:
// its logs are not wanted.
func (p *Plane) Remove() error {
	p.Stop()
	if !p.temporary {
		return nil
	}
	return os.RemoveAll(p.folder)
}

// Kubeconfig is the path of a kubeconfig with all rights.
func (p *Plane) Kubeconfig() string { return filepath.Join(p.folder, "kubeconfig") }

// Config is a client's configuration with all rights, which hardly limits the
// client's requests.
func (p *Plane) Config() *rest.Config { return rest.CopyConfig(p.config) }

// Kube is a client with all rights.
func (p *Plane) Kube() kubernetes.Interface { return p.kube }

// KEDAMetrics is the URL of the metrics of KEDA's operator.
func (p *Plane) KEDAMetrics() string { return "http://" + loopback(p.ports.kedaMetrics) + "/metrics" }

// Folder holds the logs (logs/NAME.log), certificates and etcd's data.
func (p *Plane) Folder() string { return p.folder }

// Versions are what runs, by part.
func (p *Plane) Versions() map[string]string {
	versions := map[string]string{}
	for name, b := range p.built {
		versions[name] = b.version
	}
	return versions
}

// Parts are the names of what runs, in the order in which it was started.
func (p *Plane) Parts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.order)
}

// Part is the process of a part, such as "keda-operator", so that a test can
// kill it. It panics where there is no such part.
func (p *Plane) Part(name string) *rig.Process {
	p.mu.Lock()
	defer p.mu.Unlock()
	process := p.running[name]
	if process == nil {
		panic(fmt.Sprintf("%q is no part of the plane: there are %v", name, p.order))
	}
	return process
}

// Restart kills a part, if it still runs, starts it on the same addresses and
// returns when it is ready.
func (p *Plane) Restart(ctx context.Context, name string) error {
	p.Part(name).Kill()
	return p.start(ctx, name)
}

// Ended are the parts that do not run, of a plane that was not stopped: those
// that a test killed, and those that failed by themselves.
func (p *Plane) Ended() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ended []string
	for _, name := range p.order {
		select {
		case <-p.running[name].Exited():
			ended = append(ended, name)
		default:
		}
	}
	return ended
}
