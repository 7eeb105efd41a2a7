package scaler_test

import (
	"errors"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/scaler"
)

// A trigger that is turned away is told the truth by the calls that need a
// decision; what comes from the configuration alone is answered all the same.
func TestTurnedAwayTrigger(t *testing.T) {
	p := newPlan("deposits")
	p.full = errors.New("turned away: 1000 triggers are in use")
	p.decide(noon)
	service := scaler.NewService(p, nil, terms, at(noon))
	trigger := depositsTrigger()
	if _, err := service.GetMetricSpec(t.Context(), ref(trigger)); err != nil {
		t.Errorf("GetMetricSpec: %v", err)
	}
	_, metrics := service.GetMetrics(t.Context(), metricsRequest(trigger))
	_, active := service.IsActive(t.Context(), ref(trigger))
	for name, err := range map[string]error{"GetMetrics": metrics, "IsActive": active} {
		if status.Code(err) != codes.ResourceExhausted || !strings.Contains(err.Error(), "1000 triggers are in use") {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.decide(noon, entry(trigger, decision.Outcome{Replicas: 4, Active: true}))
	if _, err := service.GetMetrics(t.Context(), metricsRequest(trigger)); err != nil {
		t.Errorf("a decision is there and is not told: %v", err)
	}
	unknown := trigger
	unknown.Policy = "deposit"
	if _, err := service.GetMetrics(t.Context(), metricsRequest(unknown)); status.Code(err) != codes.NotFound {
		t.Errorf("an unknown policy: %v", err)
	}
}
