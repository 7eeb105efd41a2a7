package plane

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/headstart-scaler/headstart/test/rig"
)

// One plane is booted for all that it does; the last test ends it.
func TestPlane(t *testing.T) {
	p := boot(t)
	for _, one := range []struct {
		name string
		test func(*testing.T, *Plane)
	}{
		{"pods take as long as they are told to", podsTakeTheirTime},
		{"an image is pulled once per node", imagesArePulledOnce},
		{"an annotation that cannot be read is told of", annotationsAreRead},
		{"Karpenter launches a node for a pod that needs one", karpenterLaunches},
		{"KEDA answers for external metrics", kedaAnswers},
		{"a killed part comes back on its address", partsRestart},
		{"Stop leaves no process", stopLeavesNothing},
	} {
		t.Run(one.name, func(t *testing.T) { one.test(t, p) })
	}
}

// boot starts a plane whose logs are kept when the test fails.
func boot(t *testing.T) *Plane {
	t.Helper()
	if testing.Short() {
		t.Skip("THE PLANE IS NOT STARTED: -SHORT LEAVES IT OUT")
	}
	begin := time.Now()
	p, err := Start(t.Context(), Options{Progress: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			p.Stop()
			t.Logf("logs: %s", p.Folder())
		} else if err := p.Remove(); err != nil {
			t.Error(err)
		}
	})
	t.Logf("measured: booted in %s, %d MiB resident", time.Since(begin).Round(100*time.Millisecond), resident(t, p)>>20)
	return p
}

func podsTakeTheirTime(t *testing.T, p *Plane) {
	const replicas = 20
	deploy(t, p, "slow", replicas, func(pod *corev1.PodTemplateSpec) {
		pod.Annotations = map[string]string{"headstart.test/pull": "3s", "headstart.test/ready": "4s"}
	})
	rig.Eventually(t, 30*time.Second, func() error { return readyReplicas(t, p, "slow", replicas) })
	for _, pod := range pods(t, p, "slow") {
		// Timestamps have a resolution of a second, so each delay may seem a
		// second shorter; the machine may make it longer.
		scheduled, started, ready := since(pod, corev1.PodScheduled), pod.Status.ContainerStatuses[0].State.Running.StartedAt, since(pod, corev1.PodReady)
		if took := started.Sub(scheduled); took < 2*time.Second || took > 6*time.Second {
			t.Errorf("%s started %s after it was scheduled, want 3s", pod.Name, took)
		}
		if took := ready.Sub(started.Time); took < 3*time.Second || took > 7*time.Second {
			t.Errorf("%s was Ready %s after it started, want 4s", pod.Name, took)
		}
	}
}

func imagesArePulledOnce(t *testing.T, p *Plane) {
	names, err := AddNodes(t.Context(), p.Kube(), Nodes{Count: 1, CPU: "4", Pool: "single"})
	if err != nil {
		t.Fatal(err)
	}
	run := func(name string) {
		deploy(t, p, name, 2, func(pod *corev1.PodTemplateSpec) {
			pod.Annotations = map[string]string{"headstart.test/pull": "2s"}
			pod.Spec.NodeSelector = map[string]string{PoolLabel: "single"}
		})
		rig.Eventually(t, 20*time.Second, func() error { return said(t, p, name, "Pulled", 2) })
	}
	run("first")
	if err := said(t, p, "first", "Successfully pulled image \"example/workload:1\" in 2", 1); err != nil {
		t.Error(err)
	}
	if err := said(t, p, "first", "Successfully pulled image \"example/workload:1\" in 0s (", 1); err != nil {
		t.Error(err, "of the pod that waited for the other's pull")
	}
	run("second")
	if err := said(t, p, "second", "already present on machine", 2); err != nil {
		t.Error(err)
	}
	node, err := p.Kube().CoreV1().Nodes().Get(t.Context(), names[0], metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(node.Status.Images) != 1 || node.Status.Images[0].SizeBytes != 100_000_000 {
		t.Errorf("the node lists the images %v, want one of 100 MB", node.Status.Images)
	}
}

func annotationsAreRead(t *testing.T, p *Plane) {
	deploy(t, p, "wrong", 1, func(pod *corev1.PodTemplateSpec) {
		pod.Annotations = map[string]string{"headstart.test/ready": "5 seconds"}
	})
	rig.Eventually(t, 20*time.Second, func() error { return said(t, p, "wrong", "InvalidAnnotation", 1) })
	for _, pod := range pods(t, p, "wrong") {
		if pod.Status.Phase != corev1.PodPending {
			t.Errorf("%s is %s, want it to wait", pod.Name, pod.Status.Phase)
		}
	}
}

func karpenterLaunches(t *testing.T, p *Plane) {
	if err := p.AddPool(t.Context(), ColdPool{Name: "cold", Registration: 3 * time.Second, Boot: 4 * time.Second}); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	deploy(t, p, "cold", 2, func(pod *corev1.PodTemplateSpec) {
		pod.Spec.NodeSelector = map[string]string{PoolLabel: "cold"}
		pod.Spec.Tolerations = []corev1.Toleration{{Key: ColdTaint, Operator: corev1.TolerationOpExists}}
		pod.Spec.Containers[0].Resources.Requests[corev1.ResourceCPU] = resource.MustParse("5") // one on a node of 8
	})
	rig.Eventually(t, time.Minute, func() error { return readyReplicas(t, p, "cold", 2) })
	t.Logf("measured: pods on new nodes were Ready after %s, of which 7s are the nodes' delays", time.Since(begin).Round(100*time.Millisecond))
	nodes, err := p.Kube().CoreV1().Nodes().List(t.Context(), metav1.ListOptions{LabelSelector: PoolLabel + "=cold"})
	if err != nil || len(nodes.Items) != 2 {
		t.Fatalf("%d cold nodes, want 2: %v", len(nodes.Items), err)
	}
	for _, node := range nodes.Items {
		nodeTookItsTime(t, node, begin)
	}
	for _, pod := range pods(t, p, "cold") {
		node, err := p.Kube().CoreV1().Nodes().Get(t.Context(), pod.Spec.NodeName, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if early := readySince(*node).Sub(since(pod, corev1.PodScheduled)); early > 0 {
			t.Errorf("%s was bound %s before its node was Ready", pod.Name, early)
		}
	}
}

// nodeTookItsTime checks the delays of the pool cold.
func nodeTookItsTime(t *testing.T, node corev1.Node, begin time.Time) {
	t.Helper()
	if after := node.CreationTimestamp.Sub(begin); after < 2*time.Second {
		t.Errorf("node %s was there after %s, want 3s of registration", node.Name, after)
	}
	if took := readySince(node).Sub(node.CreationTimestamp.Time); took < 4*time.Second || took > 7*time.Second {
		t.Errorf("node %s was Ready %s after it was created, want 4s", node.Name, took)
	}
}

// A cron trigger is KEDA's own: it needs neither a scaler nor a demand.
func kedaAnswers(t *testing.T, p *Plane) {
	deploy(t, p, "timed", 1, func(*corev1.PodTemplateSpec) {})
	objects, err := parse([]byte(`
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: timed, namespace: default}
spec:
  scaleTargetRef: {name: timed}
  minReplicaCount: 1
  maxReplicaCount: 10
  triggers:
    - {type: cron, metadata: {timezone: Etc/UTC, start: "0 0 1 1 *", end: "59 23 31 12 *", desiredReplicas: "3"}}
`))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.apply(t.Context(), "keda.sh/v1alpha1/scaledobjects", objects[0]); err != nil {
		t.Fatal(err)
	}
	rig.Eventually(t, time.Minute, func() error { return answers(t, p, "timed", "3") })
	// An HPA looks every 15 s.
	rig.Eventually(t, 45*time.Second, func() error { return readyReplicas(t, p, "timed", 3) })
	if _, err := rig.Fetch(t.Context(), p.KEDAMetrics()); err != nil {
		t.Errorf("KEDA's metrics: %v", err)
	}
}

// answers checks the one external metric of a ScaledObject.
func answers(t *testing.T, p *Plane, name, want string) error {
	t.Helper()
	so, err := p.dynamic.Resource(parseResource("keda.sh/v1alpha1/scaledobjects")).Namespace("default").Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	names, _, err := unstructured.NestedStringSlice(so.Object, "status", "externalMetricNames")
	if err != nil {
		return err
	}
	if len(names) != 1 {
		return fmt.Errorf("its metrics are %v, want one", names)
	}
	answer, err := p.Kube().CoreV1().RESTClient().Get().
		AbsPath("/apis/external.metrics.k8s.io/v1beta1/namespaces/default", names[0]).
		Param("labelSelector", "scaledobject.keda.sh/name="+name).DoRaw(t.Context())
	if err != nil {
		return err
	}
	var list struct{ Items []struct{ Value string } }
	if err := json.Unmarshal(answer, &list); err != nil {
		return err
	}
	if len(list.Items) != 1 || list.Items[0].Value != want {
		return fmt.Errorf("it answers %s, want the value %s", answer, want)
	}
	return nil
}

func partsRestart(t *testing.T, p *Plane) {
	before := p.Part(kedaOperator).PID()
	p.Part(kedaOperator).Kill()
	if ended := p.Ended(); len(ended) != 1 || ended[0] != kedaOperator {
		t.Errorf("%v have ended, want %s alone", ended, kedaOperator)
	}
	if _, err := rig.Fetch(t.Context(), p.KEDAMetrics()); err == nil {
		t.Error("a killed operator still answers")
	}
	if err := p.Restart(t.Context(), kedaOperator); err != nil {
		t.Fatal(err)
	}
	if now := p.Part(kedaOperator).PID(); now == before {
		t.Error("it is the same process")
	}
	if _, err := rig.Fetch(t.Context(), p.KEDAMetrics()); err != nil {
		t.Errorf("KEDA's metrics after its restart: %v", err)
	}
}

func stopLeavesNothing(t *testing.T, p *Plane) {
	var ids []int
	for _, name := range p.Parts() {
		ids = append(ids, p.Part(name).PID())
	}
	if len(ids) != len(sources()) {
		t.Errorf("%d parts run, want %d", len(ids), len(sources()))
	}
	begin := time.Now()
	p.Stop()
	p.Stop() // once more does nothing
	t.Logf("measured: stopped in %s", time.Since(begin).Round(time.Millisecond))
	for _, id := range ids {
		if alive(id) {
			t.Errorf("process %d is still there", id)
		}
	}
}

// A suite that is killed runs no clean-up. It plays itself: the child starts a
// plane, tells its processes and is killed.
func TestAPlaneEndsWithWhoeverStartedIt(t *testing.T) {
	const variable = "PLANE_TEST_FOLDER"
	if folder := os.Getenv(variable); folder != "" {
		p, err := Start(t.Context(), Options{Folder: folder})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range p.Parts() {
			fmt.Printf("part %d\n", p.Part(name).PID())
		}
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	if testing.Short() {
		t.Skip("THE PLANE IS NOT STARTED: -SHORT LEAVES IT OUT")
	}
	self := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	self.Env = append(os.Environ(), variable+"="+filepath.Join(t.TempDir(), "plane"))
	out, _ := self.Output() // it fails, as it is meant to
	var ids []int
	for _, found := range regexp.MustCompile(`(?m)^part (\d+)$`).FindAllSubmatch(out, -1) {
		id, err := strconv.Atoi(string(found[1]))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if len(ids) != len(sources()) {
		t.Fatalf("%d parts were started, want %d:\n%s", len(ids), len(sources()), out)
	}
	for _, id := range ids {
		rig.Eventually(t, 10*time.Second, func() error {
			if alive(id) {
				return fmt.Errorf("process %d is still there", id)
			}
			return nil
		})
	}
}

// deploy makes a Deployment of small pods on base nodes, which edit may
// change.
func deploy(t *testing.T, p *Plane, name string, replicas int32, edit func(*corev1.PodTemplateSpec)) {
	t.Helper()
	grace := int64(1)
	template := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": name}},
		Spec: corev1.PodSpec{
			NodeSelector:                  map[string]string{PoolLabel: BasePool},
			TerminationGracePeriodSeconds: &grace,
			Containers: []corev1.Container{{
				Name: "main", Image: "example/workload:1",
				Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("10m")}},
			}},
		},
	}
	edit(&template)
	_, err := p.Kube().AppsV1().Deployments("default").Create(t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}, Template: template,
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

func readyReplicas(t *testing.T, p *Plane, name string, want int32) error {
	t.Helper()
	d, err := p.Kube().AppsV1().Deployments("default").Get(t.Context(), name, metav1.GetOptions{})
	if err == nil && d.Status.ReadyReplicas != want {
		err = fmt.Errorf("%d pods of %s are Ready, want %d", d.Status.ReadyReplicas, name, want)
	}
	return err
}

func pods(t *testing.T, p *Plane, app string) []corev1.Pod {
	t.Helper()
	list, err := p.Kube().CoreV1().Pods("default").List(t.Context(), metav1.ListOptions{LabelSelector: "app=" + app})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) == 0 {
		return []corev1.Pod{{ObjectMeta: metav1.ObjectMeta{Name: "no pod of " + app}}}
	}
	return list.Items
}

// said checks how many Events about an app's pods have a reason or a message
// with these words.
func said(t *testing.T, p *Plane, app, words string, want int) error {
	t.Helper()
	events, err := p.Kube().CoreV1().Events("default").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		return err
	}
	mine := map[types.UID]bool{}
	for _, pod := range pods(t, p, app) {
		mine[pod.UID] = true
	}
	got, all := 0, ""
	for _, e := range events.Items {
		if !mine[e.InvolvedObject.UID] {
			continue
		}
		all += "\n" + e.Reason + ": " + e.Message
		if e.Reason == words || strings.Contains(e.Message, words) {
			got++
		}
	}
	if got != want {
		return fmt.Errorf("%d Events of %s say %q, want %d:%s", got, app, words, want, all)
	}
	return nil
}

func since(pod corev1.Pod, condition corev1.PodConditionType) time.Time {
	for _, c := range pod.Status.Conditions {
		if c.Type == condition && c.Status == corev1.ConditionTrue {
			return c.LastTransitionTime.Time
		}
	}
	return time.Time{}
}

func readySince(node corev1.Node) time.Time {
	for _, c := range node.Status.Conditions {
		if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
			return c.LastTransitionTime.Time
		}
	}
	return time.Time{}
}

// alive reports whether a process runs; one that only waits to be reaped does
// not.
func alive(id int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", id))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// resident is the memory of all parts, in bytes.
func resident(t *testing.T, p *Plane) int {
	t.Helper()
	sum := 0
	for _, name := range p.Parts() {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.Part(name).PID()))
		if err != nil {
			t.Fatal(err)
		}
		var total, pages int
		if _, err := fmt.Sscan(string(text), &total, &pages); err != nil {
			t.Fatal(err)
		}
		sum += pages * os.Getpagesize()
	}
	return sum
}

// Two suites that start at once build a program once.
func TestABuildIsMadeOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("NOTHING IS BUILT: -SHORT LEAVES IT OUT")
	}
	root, err := rig.Root()
	if err != nil {
		t.Fatal(err)
	}
	b := builder{source: sources()[0], folder: filepath.Join(root, "test/cluster/parts", etcd), cache: t.TempDir()}
	var told [2]strings.Builder
	build := func(i int) func() error {
		mine := b
		mine.progress = &told[i]
		return func() error {
			made, err := mine.build(t.Context())
			if err != nil {
				return err
			}
			_, err = rig.Run(t.Context(), "", made.path, "--version")
			return err
		}
	}
	if err := together(build(0), build(1)); err != nil {
		t.Fatal(err)
	}
	if all := told[0].String() + told[1].String(); strings.Count(all, "built ") != 1 {
		t.Errorf("built more or less than once:\n%s", all)
	}
}

// A build that waits for another's does not outlive its caller.
func TestALockIsWaitedForWithinTheContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	release, err := lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := lock(short, path); err == nil {
		t.Error("two hold the lock")
	}
	release()
	again, err := lock(t.Context(), path)
	if err != nil {
		t.Fatalf("a lock that was let go of: %v", err)
	}
	again()
}
