package replay

import (
	"bufio"
	"io"
	"math"
	"strconv"
	"time"
)

// WriteSteps writes every step of the runs that were recorded as CSV: the
// instant, the autoscaler, the demand in replicas (empty in a gap), replicas
// asked for and ready, the room held warm in replicas, and nodes. Steps before
// the scored ones are among them.
func (r *Report) WriteSteps(w io.Writer) error {
	out := bufio.NewWriterSize(w, 64<<10)
	if _, err := out.WriteString("at,autoscaler,demand,desired,ready,warm,nodes\n"); err != nil {
		return err
	}
	var row []byte
	for i, d := range r.Play.Scene.Demand {
		at := r.Play.Scene.At(i)
		for _, run := range r.Runs {
			row = at.AppendFormat(row[:0], time.RFC3339)
			row = append(append(append(row, ','), run.Autoscaler...), ',')
			if !math.IsNaN(d) {
				row = strconv.AppendFloat(row, d, 'g', 8, 64)
			}
			s := run.Steps[i]
			for _, n := range [...]int32{s.Desired, s.Ready, s.Warm, s.Nodes} {
				row = strconv.AppendInt(append(row, ','), int64(n), 10)
			}
			if _, err := out.Write(append(row, '\n')); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}
