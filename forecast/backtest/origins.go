package backtest

// origins are the slots a trace is scored at: all before one is known there,
// and nothing from it on. The value before an origin is there, so that none
// lies in a gap, and so is each that it is asked for: all horizons are scored
// at the same origins.
//
// Of count, one lies in each of so many equal parts of them, at another place
// in each, so that they do not keep to one time of day. test/challengers finds
// the same ones, in protocol.py.
func (o Options) origins(t Trace, leads []lead) []int {
	first, end := max(1, min(int(o.LeadIn/t.Step), len(t.Values)/3)), len(t.Values)
	if !o.From.IsZero() {
		first = max(first, int((o.From.Sub(t.Start)+t.Step-1)/t.Step))
	}
	if !o.To.IsZero() {
		end = min(end, int(o.To.Sub(t.Start)/t.Step))
	}
	every := max(1, int(o.Every/t.Step))
	if o.Count > 0 {
		every = 1
	}
	var scored []int
	for at := first; at+leads[len(leads)-1].slots < end; at += every {
		if t.scores(at, leads) {
			scored = append(scored, at)
		}
	}
	if o.Count <= 0 || len(scored) <= o.Count {
		return scored
	}
	// Multiples of the golden section fill an interval more evenly than any
	// other number's (Sós, 1958).
	const million, golden = 1_000_000, 618_034
	picked := make([]int, o.Count)
	for i := range picked {
		picked[i] = scored[(i*million+i*golden%million)*len(scored)/(o.Count*million)]
	}
	return picked
}

func (t Trace) scores(at int, leads []lead) bool {
	for _, l := range leads {
		if !t.known(at + l.slots) {
			return false
		}
	}
	return t.known(at - 1)
}
