package api_test

import (
	"slices"
	"testing"

	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
)

// Who has no copy of the definition can ask for it.
func TestTheServicesAreListedByReflection(t *testing.T) {
	w := newWorld(t)
	ask, err := reflectionpb.NewServerReflectionClient(w.grpc).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := ask.Send(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{}}); err != nil {
		t.Fatal(err)
	}
	answer, err := ask.Recv()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range answer.GetListServicesResponse().GetService() {
		names = append(names, s.GetName())
	}
	for _, want := range []string{"headstart.v1.AuditService", "headstart.v1.DecisionService", "headstart.v1.OverrideService", "headstart.v1.ScheduleService"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is not listed: %q", want, names)
		}
	}
}
