package main

import (
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/store"
)

// Each signal that is served has a learner of its own, by the clock of the
// configuration.
func TestServeLearnsByTheClockOfItsConfiguration(t *testing.T) {
	malta, err := time.LoadLocation("Europe/Malta")
	if err != nil {
		t.Fatal(err)
	}
	a := app{sources: &sources{}, set: &config.Set{Server: config.Server{Forecast: config.Forecast{Timezone: "Europe/Malta"}}}}
	model := a.pipelineOptions().Model
	if one := model(); !reflect.DeepEqual(one, forecast.NewLearner(malta)) {
		t.Error("it is not what learns by the clock of Malta")
	}
	if reflect.DeepEqual(forecast.NewLearner(malta), forecast.NewLearner(time.UTC)) {
		t.Error("the clock makes no difference")
	}
	if one, another := model(), model(); one == another {
		t.Error("two signals share one learner")
	}
}

// What is learned is kept where anything is.
func TestServeKeepsWhatItLearns(t *testing.T) {
	a := app{sources: &sources{}, set: &config.Set{}}
	if m := a.pipelineOptions().Memory; m != nil {
		t.Errorf("%v keeps it, and there is no store", m)
	}
	a.keeper = newLateStore(nil, store.ErrUnavailable, slog.New(slog.DiscardHandler))
	if m := a.pipelineOptions().Memory; m == nil {
		t.Error("there is a store, and nothing is kept")
	} else if _, err := m.Recall(t.Context(), []string{"a"}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a store that is not open yet is %v", err)
	}
}

// What a policy knows of its nodes is seen wherever its decisions are.
func TestWarmNodesAreServed(t *testing.T) {
	s := startServe(t)
	s.write("policies/lobby.yaml", strings.Replace(lobbyYAML, "  quantile: 0.5", "  nodes: {replicasPerNode: 8, fill: false}\n  missPrice: 100", 1))
	s.replicas()
	s.until("/metrics", `headstart_recommended_warm_replicas{overrides="",policy="lobby",scaled_object="lobby",scaled_object_namespace="shop"} `)
	s.until("/api/v1/workloads/shop/lobby/decision", `"warm": `)
	s.until("/api/v1/decisions/shop/lobby", `"warm":`)
	s.until("/workloads/shop/lobby", "<dt>Warm nodes</dt>")
}
