package api

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/workload"
)

// notes are what whoever ordered an override should know of its workload.
func (s *overrideService) notes(o store.Override) []string {
	id, err := workload.ParseID(o.Workload)
	snapshot := s.options.Snapshot()
	if err != nil || snapshot == nil {
		return nil
	}
	var notes []string
	known := false
	snapshot.All(func(e *pipeline.Entry) bool {
		if e.Trigger.Workload == id {
			known = true
			if e.Outcome.Mode == decision.Shadow {
				notes = append(notes, fmt.Sprintf("Policy %s is in shadow: KEDA is told nothing of this override.", e.Trigger.Policy))
			}
			if note := s.beyond(e.Trigger, o); note != "" {
				notes = append(notes, note)
			}
		}
		return true
	})
	slices.Sort(notes)
	if !known {
		notes = append(notes, fmt.Sprintf("KEDA has not asked for %s yet: see whether the name is that of its ScaledObject.", o.Workload))
	}
	return slices.Compact(notes)
}

// beyond says that an override goes beyond its policy's bounds; "" where it does
// not.
func (s *overrideService) beyond(t workload.Trigger, o store.Override) string {
	if s.options.Policy == nil {
		return ""
	}
	p, err := s.options.Policy(t)
	if err != nil {
		return ""
	}
	up, down := o.Kind == store.Floor || o.Kind == store.Fixed, o.Kind == store.Ceiling || o.Kind == store.Fixed
	switch {
	case up && p.Max > 0 && o.Replicas > int(p.Max):
		return fmt.Sprintf("%d is beyond the policy's maxReplicas %d (%s): an override counts beyond it, but not beyond the ScaledObject's maxReplicaCount and the connection budget.",
			o.Replicas, p.Max, t.Policy)
	case down && o.Replicas < int(p.Min):
		return fmt.Sprintf("%d is below the policy's minReplicas %d (%s): an override counts beyond it.", o.Replicas, p.Min, t.Policy)
	default:
		return ""
	}
}

// besideMost is how many other overrides are told of.
const besideMost = 5

// beside names the other overrides of a workload that hold in the time of one,
// and says how they go together.
func (s *overrideService) beside(ctx context.Context, o store.Override) []string {
	others, err := s.every(ctx, 0, besideMost+1, func(other store.Override) bool {
		return other.ID != o.ID && other.Workload == o.Workload && other.Start.Before(o.Over()) && o.Start.Before(other.Over()) &&
			other.Over().After(s.options.Now())
	})
	if err != nil {
		return []string{"Whether other overrides hold for the workload could not be looked up: see the list of overrides."}
	}
	fixed := slices.ContainsFunc(others, func(other store.Override) bool { return other.Kind == store.Fixed })
	var notes []string
	for i, other := range others {
		if i == besideMost {
			notes = append(notes, "There are more: see the list of overrides.")
			break
		}
		both := together(o, other)
		if fixed && o.Kind != store.Fixed && other.Kind != store.Fixed && bounding(other.Kind) {
			both = "Where nothing fixed holds: " + strings.ToLower(both[:1]) + both[1:]
		}
		notes = append(notes, fmt.Sprintf("Override %d by %s holds too, %s: %s. %s", other.ID, other.Author, spoken(other), other.Reason, both))
	}
	return notes
}

// spoken is what an override orders, and when.
func spoken(o store.Override) string {
	text := string(o.Kind)
	if bounding(o.Kind) {
		text += fmt.Sprintf(" %d", o.Replicas)
	}
	const form = "2006-01-02 15:04:05"
	return fmt.Sprintf("%s from %s until %s UTC", text, o.Start.UTC().Format(form), o.Over().UTC().Format(form))
}

func bounding(k store.Kind) bool { return k == store.Floor || k == store.Ceiling || k == store.Fixed }

// together says what counts while two overrides hold, as package decision has
// it: a fixed one is the last word, and a floor goes before a ceiling.
func together(o, other store.Override) string {
	switch {
	case o.Kind == other.Kind && !bounding(o.Kind):
		return "Both say the same."
	case !bounding(o.Kind) || !bounding(other.Kind):
		return "Both count."
	case o.Kind == store.Fixed && other.Kind == store.Fixed:
		return fmt.Sprintf("Of two fixed ones the one given last counts: exactly %d while both hold.", last(o, other).Replicas)
	case o.Kind == store.Fixed:
		return fmt.Sprintf("A fixed one goes before it: exactly %d while both hold.", o.Replicas)
	case other.Kind == store.Fixed:
		return fmt.Sprintf("It is fixed, which goes before this one: exactly %d while both hold.", other.Replicas)
	case o.Kind == store.Floor && other.Kind == store.Floor:
		return fmt.Sprintf("The highest floor counts: at least %d while both hold.", max(o.Replicas, other.Replicas))
	case o.Kind == store.Ceiling && other.Kind == store.Ceiling:
		return fmt.Sprintf("The lowest ceiling counts: at most %d while both hold.", min(o.Replicas, other.Replicas))
	default:
		return floorAndCeiling(o, other)
	}
}

func last(a, b store.Override) store.Override {
	if a.ID > b.ID {
		return a
	}
	return b
}

func floorAndCeiling(floor, ceiling store.Override) string {
	if floor.Kind == store.Ceiling {
		floor, ceiling = ceiling, floor
	}
	if floor.Replicas > ceiling.Replicas {
		return fmt.Sprintf("A floor goes before a ceiling: exactly %d while both hold.", floor.Replicas)
	}
	return fmt.Sprintf("Both count: from %d to %d replicas while both hold.", floor.Replicas, ceiling.Replicas)
}
