package harness

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/test/rig"
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
	rig.Eventually(t, 20*time.Second, func() error { return finds(t, p.URL, "requests", `"42"`) })
	gauges.Drop("requests")
	rig.Eventually(t, 20*time.Second, func() error { return finds(t, p.URL, "requests", `"result":[]`) })

	proxy := StartProxy(t, p.URL)
	gauges.Set("requests", 7)
	rig.Eventually(t, 20*time.Second, func() error { return finds(t, proxy.URL, "requests", `"7"`) })
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
	out, err := rig.Fetch(t.Context(), server+"/api/v1/query?query="+url.QueryEscape(query))
	if err != nil {
		return err
	}
	if !strings.Contains(string(out), want) {
		return fmt.Errorf("query %s gave %s, want %s in it", query, out, want)
	}
	return nil
}
