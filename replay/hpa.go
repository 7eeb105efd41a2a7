package replay

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The HPA's own numbers (--horizontal-pod-autoscaler-tolerance, and the default
// behavior): its deadband, and how far back it looks before it takes away.
const (
	hpaTolerance     = 0.1
	hpaStabilization = 300 * time.Second
	hpaAtLeast       = 4 // replicas a step, whatever doubling allows
)

// hpa is a Kubernetes HPA with KEDA's prometheus trigger: a target that is a
// share of a replica's capacity, and perhaps a second trigger, which is a floor.
type hpa struct {
	play        *Play
	utilisation float64
	tolerance   float64
	unlimited   bool // behavior.scaleUp without a limit
	floor       func(step int) float64
	recommended *window
}

func newHPA(p *Play, utilisation float64) *hpa {
	return &hpa{play: p, utilisation: utilisation, tolerance: hpaTolerance, recommended: newWindow(steps(hpaStabilization))}
}

// Ask implements Autoscaler.
func (h *hpa) Ask(s Sight) Wish {
	least := max(h.play.Cluster.Min, 1) // the HPA does not go to zero
	now := max(s.Asked, least)
	want := h.wants(s.Value/h.play.Scene.Capacity/h.utilisation, now)
	if h.floor != nil {
		want = max(want, h.wants(h.floor(s.Step), now))
	}
	want = min(max(want, least), h.play.Cluster.Max)
	highest := h.recommended.add(s.Step, want)
	switch {
	case want < now:
		want = min(highest, now)
	case want > now && !h.unlimited:
		want = min(want, max(2*now, hpaAtLeast))
	}
	return Wish{Replicas: want}
}

// wants is what the HPA makes of one trigger: what runs stays while the trigger
// is within the tolerance of it.
func (h *hpa) wants(need float64, now int) int {
	if math.Abs(need/float64(now)-1) <= h.tolerance {
		return now
	}
	return ceil(need)
}

// ceil is the whole number of replicas for a demand, which rounding of its
// division must not make one more.
func ceil(demand float64) int {
	return int(math.Ceil(min(demand, math.MaxInt32) - 1e-9))
}

// The peers by name.
const (
	HPA         = "hpa"
	HPAFast     = "hpa-fast"
	HPACron     = "hpa+cron"
	LastWeek    = "last-week"
	Oracle      = "oracle"
	Clairvoyant = "clairvoyant"
)

// Known lists the names that ParseContender knows.
func Known() []string { return []string{HPA, HPAFast, HPACron, LastWeek, Oracle, Clairvoyant} }

// defaultUtilisation is where a peer's target is set where nobody says.
const defaultUtilisation = 0.8

// TuningRange is what a peer's target may be set to.
func TuningRange() []float64 { return []float64{0.5, 0.6, 0.7, 0.8, 0.9} }

// ParseContender reads the name of a peer, with its target as a share of a
// replica's capacity where it is not the usual 80 %: hpa, or hpa@70%.
func ParseContender(text string) (Contender, error) {
	name, share, tuned := strings.Cut(text, "@")
	if !slices.Contains(Known(), name) {
		return Contender{}, fmt.Errorf("there is no autoscaler %.40q to play against: known are %s", name, strings.Join(Known(), ", "))
	}
	if name == Oracle || name == Clairvoyant {
		if tuned {
			return Contender{}, fmt.Errorf("%s has no target to set: it knows the future", name)
		}
		return Contender{Name: name, New: newKnowing(name)}, nil
	}
	u := defaultUtilisation
	if tuned {
		percent, err := strconv.ParseFloat(strings.TrimSuffix(share, "%"), 64)
		if err != nil || !strings.HasSuffix(share, "%") || !(percent >= 1 && percent <= 100) {
			return Contender{}, fmt.Errorf("%.40q sets no target: write %s@70%%, from 1%% to 100%%", text, name)
		}
		u = percent / 100
	}
	c := peer(name, u)
	c.Name = text
	return c, nil
}

// Tuned is a peer over its tuning range, such as hpa@50% to hpa@90%.
func Tuned(name string) []Contender {
	var all []Contender
	for _, u := range TuningRange() {
		all = append(all, peer(name, u))
	}
	return all
}

func peer(name string, u float64) Contender {
	return Contender{
		Name: fmt.Sprintf("%s@%g%%", name, math.Round(u*1e4)/1e2), Utilisation: u,
		New: func(p *Play) (Autoscaler, error) {
			h := newHPA(p, u)
			switch name {
			case HPAFast:
				h.tolerance, h.unlimited = 0, true
			case HPACron:
				h.floor = levels(p.Scene.announced(), 1)
			case LastWeek:
				h.floor = levels(p.Scene.weekAgo(), u)
			}
			return h, nil
		},
	}
}

// levels is a floor from demands, at a target.
func levels(demand []float64, utilisation float64) func(int) float64 {
	return func(i int) float64 { return demand[i] / utilisation }
}

func newKnowing(name string) func(*Play) (Autoscaler, error) {
	return func(p *Play) (Autoscaler, error) {
		if name == Oracle {
			return &oracle{play: p}, nil
		}
		return newClairvoyant(p), nil
	}
}
