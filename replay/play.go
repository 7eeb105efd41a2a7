package replay

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// Play is a scene, the cluster it is played in, and the price of a miss.
type Play struct {
	Scene   *Scene
	Cluster Cluster
	// Price is what a missed replica-hour of work costs against a replica-hour
	// of nodes, which is a node-hour divided by PodsPerNode.
	Price float64
}

// Run is what an autoscaler did, step by step.
type Run struct {
	Autoscaler string
	Steps      []Moment
	// Middle and Upper are what it expected demand to be, in replicas, when it was
	// still to come; nil where it does not say, NaN where it knew nothing.
	Middle, Upper []float32
}

// Moment is one step of a run: replicas asked for, those that are ready, those
// that room is held warm for, and nodes that are there or come.
type Moment struct {
	Desired, Ready, Warm, Nodes int32
}

// Row is how an autoscaler fared.
type Row struct {
	Autoscaler  string  `json:"autoscaler"`
	Utilisation float64 `json:"utilisation,omitempty"`
	Figures
}

// Report is how all fared, in the order in which they were given.
type Report struct {
	Play   *Play
	Oracle Figures // that cost ratios and regrets are relative to
	Rows   []Row
	Runs   []Run // of those recorded
}

// Run plays the contenders, as many at once as there are processors. Those that
// record says keep every step.
func (p *Play) Run(contenders []Contender, record func(name string) bool) (*Report, error) {
	if err := p.Cluster.Validate(); err != nil {
		return nil, err
	}
	if !(p.Price >= 0 && p.Price <= 1e9) {
		return nil, fmt.Errorf("a price of %g per missed replica-hour is none: it is from 0 to 1e9", p.Price)
	}
	all := append([]Contender{{Name: Oracle, New: newKnowing(Oracle)}}, contenders...)
	results, err := p.all(all, record)
	if err != nil {
		return nil, err
	}
	report := &Report{Play: p, Oracle: results[0].figures}
	report.Oracle.against(report.Oracle)
	for i, c := range contenders {
		r := results[i+1]
		r.figures.against(report.Oracle)
		report.Rows = append(report.Rows, Row{c.Name, c.Utilisation, r.figures})
		if r.run != nil {
			report.Runs = append(report.Runs, *r.run)
		}
	}
	return report, nil
}

type result struct {
	figures Figures
	run     *Run
	err     error
}

func (p *Play) all(contenders []Contender, record func(string) bool) ([]result, error) {
	results := make([]result, len(contenders))
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(contenders)) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(contenders); i = int(next.Add(1)) - 1 {
				results[i] = p.one(contenders[i], i > 0 && record != nil && record(contenders[i].Name))
			}
		})
	}
	group.Wait()
	for i, r := range results {
		if r.err != nil {
			return nil, fmt.Errorf("play %s: %w", contenders[i].Name, r.err)
		}
	}
	return results, nil
}

// one plays one contender from the first step to the last.
func (p *Play) one(c Contender, record bool) result {
	scaler, err := c.New(p)
	if err != nil {
		return result{err: err}
	}
	cluster := p.Cluster
	if h, ok := scaler.(homely); ok {
		cluster = h.home(cluster)
	}
	f, tally := newFleet(cluster), newTally(p)
	says, _ := scaler.(Forecasting)
	var keep *recorder
	if record {
		keep = newRecorder(c.Name, scaler, len(p.Scene.Demand))
	}
	for i := range p.Scene.Demand {
		wish := scaler.Ask(Sight{
			Step: i, At: p.Scene.At(i), Value: p.Scene.Seen[i], Fresh: p.Scene.Fresh[i], Asked: f.wish.Replicas, Ready: f.ready,
		})
		f.step(i, cluster.clip(wish))
		tally.take(i, f)
		if says != nil {
			tally.expect(i, says)
		}
		if keep != nil {
			keep.take(i, f)
		}
	}
	r := result{figures: tally.figures()}
	if keep != nil {
		r.run = &keep.Run
	}
	if c, ok := scaler.(interface{ close() error }); ok {
		r.err = c.close()
	}
	return r
}
