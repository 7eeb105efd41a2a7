package plane

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/headstart-scaler/headstart/test/rig"
)

// The parts of a plane, by which Part and Restart know them.
const (
	etcd         = "etcd"
	apiserver    = "kube-apiserver"
	controllers  = "kube-controller-manager"
	scheduler    = "kube-scheduler"
	kwok         = "kwok"
	karpenter    = "karpenter"
	kedaOperator = "keda-operator"
	kedaAdapter  = "keda-adapter"
)

const frontProxy = "front-proxy"

// part is how a program is started and known to be ready.
type part struct {
	name        string
	args        []string
	environment []string
	health      string // URL that answers 200 when it is ready
	listens     []int  // ports on which it then listens, where health does not say so
}

// bootLimit is how long a part may take until it is ready. It takes seconds;
// a machine that builds something meanwhile is slower.
const bootLimit = 2 * time.Minute

// parts are all of them, in the order in which they need one another.
func (p *Plane) parts() []part {
	at := p.ports
	return []part{
		{name: etcd, args: p.etcdArgs(), health: "http://" + loopback(at.etcd) + "/health"},
		{name: apiserver, args: p.apiserverArgs(), health: "https://" + loopback(at.apiserver) + "/readyz"},
		{name: controllers, args: p.controllersArgs(), health: "https://" + loopback(at.controllers) + "/healthz"},
		{name: scheduler, args: p.schedulerArgs(), health: "https://" + loopback(at.scheduler) + "/healthz"},
		{name: kwok, args: p.kwokArgs(), health: "http://" + loopback(at.kwok) + "/healthz"},
		{name: karpenter, environment: p.karpenterEnvironment(), health: "http://" + loopback(at.karpenterHealth) + "/readyz"},
		{
			name: kedaOperator, args: p.operatorArgs(), environment: p.kedaEnvironment(),
			health: "http://" + loopback(at.kedaHealth) + "/readyz", listens: []int{at.kedaMetrics, at.kedaService},
		},
		{name: kedaAdapter, args: p.adapterArgs(), environment: p.kedaEnvironment(), health: "https://" + loopback(at.adapter) + "/readyz"},
	}
}

func (p *Plane) part(name string) part {
	for _, one := range p.parts() {
		if one.name == name {
			return one
		}
	}
	panic(fmt.Sprintf("%q is no part of a plane", name))
}

func (p *Plane) etcdArgs() []string {
	client, peer := "http://"+loopback(p.ports.etcd), "http://"+loopback(p.ports.etcdPeer)
	return []string{
		flag("data-dir", filepath.Join(p.folder, "etcd")),
		flag("listen-client-urls", client), flag("advertise-client-urls", client),
		flag("listen-peer-urls", peer), flag("initial-advertise-peer-urls", peer), flag("initial-cluster", "default="+peer),
		"--unsafe-no-fsync", "--log-level=warn", // nothing outlives the plane
	}
}

func (p *Plane) apiserverArgs() []string {
	return append([]string{
		flag("etcd-servers", "http://"+loopback(p.ports.etcd)),
		flag("bind-address", "127.0.0.1"), flag("advertise-address", "127.0.0.1"), flag("secure-port", p.ports.apiserver),
		flag("client-ca-file", p.cert(caFile)), flag("token-auth-file", p.cert(tokensFile)),
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://localhost",
		flag("service-account-signing-key-file", p.cert(accountKeyFile)), flag("service-account-key-file", p.cert(accountKeyFile)),
		"--service-cluster-ip-range=10.0.0.0/24", "--endpoint-reconciler-type=none",
		"--disable-admission-plugins=ServiceAccount", // or every pod would need an account and its volume
		flag("proxy-client-cert-file", p.cert(frontFile)), flag("proxy-client-key-file", p.cert(frontKeyFile)),
	}, append(p.servingArgs(), p.frontProxyArgs()...)...)
}

func (p *Plane) controllersArgs() []string {
	args := append([]string{
		flag("kubeconfig", p.Kubeconfig()), "--leader-elect=false", "--use-service-account-credentials=false",
		flag("service-account-private-key-file", p.cert(accountKeyFile)), flag("root-ca-file", p.cert(caFile)),
		flag("bind-address", "127.0.0.1"), flag("secure-port", p.ports.controllers),
	}, p.servingArgs()...)
	if p.options.ControllerQPS > 0 {
		args = append(args, flag("kube-api-qps", p.options.ControllerQPS), flag("kube-api-burst", 2*p.options.ControllerQPS))
	}
	return args
}

func (p *Plane) schedulerArgs() []string {
	return append([]string{
		flag("kubeconfig", p.Kubeconfig()), "--leader-elect=false",
		flag("bind-address", "127.0.0.1"), flag("secure-port", p.ports.scheduler),
	}, p.servingArgs()...)
}

func (p *Plane) kwokArgs() []string {
	return []string{
		flag("kubeconfig", p.Kubeconfig()), flag("config", p.stages()),
		"--manage-all-nodes=false", "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
		"--node-lease-duration-seconds=40",
		"--cidr=10.64.0.0/10", // room for a million pods
		"--node-ip=127.0.0.1",
		flag("server-address", loopback(p.ports.kwok)),
	}
}

func (p *Plane) karpenterEnvironment() []string {
	return []string{
		"KUBECONFIG=" + p.Kubeconfig(), "DISABLE_LEADER_ELECTION=true",
		"FEATURE_GATES=CapacityBuffer=true,StaticCapacity=true",
		fmt.Sprintf("METRICS_PORT=%d", p.ports.karpenterMetrics), fmt.Sprintf("HEALTH_PROBE_PORT=%d", p.ports.karpenterHealth),
	}
}

func (p *Plane) kedaEnvironment() []string {
	return []string{
		"KUBECONFIG=" + p.Kubeconfig(), "WATCH_NAMESPACE=",
		"KEDA_CLUSTER_OBJECT_NAMESPACE=" + KEDANamespace, "POD_NAMESPACE=" + KEDANamespace, "POD_NAME=" + kedaOperator,
	}
}

func (p *Plane) operatorArgs() []string {
	args := []string{
		"--leader-elect=false", "--zap-log-level=info",
		flag("metrics-bind-address", loopback(p.ports.kedaMetrics)), flag("health-probe-bind-address", loopback(p.ports.kedaHealth)),
		flag("metrics-service-bind-address", loopback(p.ports.kedaService)),
		flag("cert-dir", p.cert("")), "--enable-cert-rotation=false",
	}
	if p.options.KEDAQPS > 0 {
		args = append(args, flag("kube-api-qps", p.options.KEDAQPS), flag("kube-api-burst", 2*p.options.KEDAQPS))
	}
	return args
}

func (p *Plane) adapterArgs() []string {
	return append([]string{
		flag("bind-address", "127.0.0.1"), flag("secure-port", p.ports.adapter), flag("port", p.ports.adapterMetric),
		flag("cert-dir", p.cert("")), flag("client-ca-file", p.cert(caFile)),
		flag("metrics-service-address", fmt.Sprintf("localhost:%d", p.ports.kedaService)),
		flag("lister-kubeconfig", p.Kubeconfig()), flag("authentication-kubeconfig", p.Kubeconfig()), flag("authorization-kubeconfig", p.Kubeconfig()),
		"--authentication-skip-lookup",
	}, append(p.servingArgs(), p.frontProxyArgs()...)...)
}

func (p *Plane) servingArgs() []string {
	return []string{flag("tls-cert-file", p.cert(tlsFile)), flag("tls-private-key-file", p.cert(tlsKeyFile))}
}

func (p *Plane) frontProxyArgs() []string {
	return []string{
		flag("requestheader-client-ca-file", p.cert(frontCAFile)), flag("requestheader-allowed-names", frontProxy),
		"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
	}
}

func (p *Plane) cert(name string) string { return filepath.Join(p.folder, "certs", name) }
func (p *Plane) stages() string          { return filepath.Join(p.folder, "stages.yaml") }

// start starts a part and returns when it is ready.
func (p *Plane) start(ctx context.Context, name string) error {
	one := p.part(name)
	process, err := rig.Start(rig.Command{
		Name: name, Path: p.built[name].path, Args: one.args, Env: one.environment, Dir: p.folder,
		Log: filepath.Join(p.folder, "logs", name+".log"),
	})
	if err != nil {
		return err
	}
	p.keep(name, process)
	err = process.AwaitReady(ctx, bootLimit, func(ctx context.Context) error { return p.healthy(ctx, one) })
	if err != nil {
		return fmt.Errorf("%w\nthe end of %s:\n%s", err, process.LogFile(), process.Tail(30))
	}
	return nil
}

func (p *Plane) healthy(ctx context.Context, one part) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for _, port := range one.listens {
		connection, err := new(net.Dialer).DialContext(ctx, "tcp", loopback(port))
		if err != nil {
			return err
		}
		_ = connection.Close() // nothing was sent
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, one.health, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	response, err := p.probe.Do(request)
	if err != nil {
		return err
	}
	_ = response.Body.Close() // its status is all that is asked
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", one.health, response.Status)
	}
	return nil
}
