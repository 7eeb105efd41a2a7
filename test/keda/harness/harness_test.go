package harness

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestKafkaKeepsItsDataAndAddressThroughAKill(t *testing.T) {
	k := StartKafka(t)
	k.CreateTopic("orders", 4)
	k.Produce("orders", 1000)
	ends := func() string {
		offsets, err := k.ends("orders")
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(offsets)
	}
	before := ends()
	k.Commit("consumers", "orders", 10)
	k.Kill()
	k.Start()
	if after := ends(); after != before || !strings.Contains(before, "0:250") {
		t.Errorf("end offsets were %s and are %s after the restart, want 250 on each partition", before, after)
	}
}

func TestPrometheusScrapesGaugesAndForgetsDroppedOnes(t *testing.T) {
	gauges := StartGauges(t)
	gauges.Set("requests", 42)
	p := StartPrometheus(t, gauges)
	Eventually(t, 20*time.Second, func() error { return finds(t, p.URL, "requests", `"42"`) })
	gauges.Drop("requests")
	Eventually(t, 20*time.Second, func() error { return finds(t, p.URL, "requests", `"result":[]`) })

	proxy := StartProxy(t, p.URL)
	gauges.Set("requests", 7)
	Eventually(t, 20*time.Second, func() error { return finds(t, proxy.URL, "requests", `"7"`) })
	proxy.Break(ServerError)
	if err := finds(t, proxy.URL, "requests", `"7"`); err == nil {
		t.Error("a broken proxy still passes queries on")
	}
	proxy.Mend()
	if err := finds(t, proxy.URL, "requests", `"7"`); err != nil {
		t.Error(err)
	}
}

func finds(t *testing.T, server, query, want string) error {
	t.Helper()
	out, err := Fetch(t.Context(), server+"/api/v1/query?query="+url.QueryEscape(query))
	if err != nil {
		return err
	}
	if !strings.Contains(string(out), want) {
		return fmt.Errorf("query %s gave %s, want %s in it", query, out, want)
	}
	return nil
}

// A test binary that is killed must leave no process behind.
func TestAProcessEndsWithItsParent(t *testing.T) {
	p := start(t, command{name: "sleep", path: program(t, "sleep", "install coreutils"), args: []string{"60"}})
	p.Signal(syscall.SIGSTOP)
	pid := p.PID()
	p.Kill()
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err == nil {
		t.Errorf("process %d is still there after Kill", pid)
	}
	if p.ExitCode() != -1 {
		t.Errorf("exit code %d of a killed process, want -1", p.ExitCode())
	}
}
