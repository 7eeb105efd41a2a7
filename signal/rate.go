package signal

import "time"

// rateFor is how long the last rate of a partition stands in for one that
// cannot be told. What breaks a count (a topic made anew, a commit moved back)
// does so once; a partition whose count breaks for a minute has no rate.
const rateFor = time.Minute

// rate is messages per second as last told. The zero rate was never told.
type rate struct {
	perSecond float64
	at        time.Time // end of the interval it was told over
}

func (r rate) known() bool { return !r.at.IsZero() }

// tooOld reports whether a rate no longer stands in at an answer: when it is
// older than rateFor and the answer before lacked one too. A single break is
// bridged however far apart answers are.
func (r rate) tooOld(at, before time.Time) bool {
	return r.at.Before(before) && at.Sub(r.at) > rateFor
}

// rate sets the rates since before. Whatever breaks a count leaves the rate
// it breaks as it was, and the other one alone.
func (p *progress) rate(before progress, id partitionID, n *notes) {
	seconds := p.at.Sub(before.at).Seconds()
	arrived := p.end - before.end
	p.unrated = false
	switch {
	case arrived >= 0:
		p.arrival = rate{float64(arrived) / seconds, p.at}
	default:
		n.add(noteRecreated, "%s (%d → %d)", id, before.end, p.end)
		p.unrated = p.arrival.known() && p.arrival.tooOld(p.at, before.at)
		if p.arrival.known() {
			n.add(noteHeld, "%s (%.3g/s, %s old)", id, p.arrival.perSecond, p.at.Sub(p.arrival.at))
		}
	}
	consumed, counted := p.consumed(before, id, n)
	switch {
	case counted:
		p.consumption = rate{float64(consumed) / seconds, p.at}
	case p.consumption.known() && p.consumption.tooOld(p.at, before.at):
		p.consumption.perSecond = 0 // commits that go back for a minute get nowhere
	}
}

// consumed is how far the commit moved. A jump over messages that retention
// deleted was not consumption: only what lies past the log start counts. It
// reports false where there is no count: at the first commit, when commits
// have gone, and when they moved back.
func (p *progress) consumed(before progress, id partitionID, n *notes) (int64, bool) {
	switch {
	case p.committed < 0 && before.committed < 0:
		return 0, true
	case p.committed < 0:
		n.add(noteGone, "%s (was %d)", id, before.committed)
		return 0, false
	case before.committed < 0:
		return 0, false
	case p.committed < before.committed:
		n.add(noteBack, "%s (%d → %d)", id, before.committed, p.committed)
		return 0, false
	default:
		return max(0, p.committed-max(before.committed, p.start)), true
	}
}
