package pipeline

import (
	"slices"
	"time"
)

const (
	// askedAtOnce is how many fills wait in the queue of a source; more are asked
	// for by later ticks, so that none has to find the events of thousands.
	askedAtOnce = 256
	// eventsAwaited is how long a fill waits until the schedule, and the labels by
	// which events find workloads, are known. After that it goes without: a model
	// that takes events for misses is better than none.
	eventsAwaited = time.Minute
)

// askPasts asks for the pasts that are wanted, with the events that took place in
// them.
func (p *Pipeline) askPasts(now *turn) {
	f := p.fills
	f.unpark()
	if len(f.wanted) == 0 {
		return
	}
	patient := func(x *fill) bool { return p.options.Model != nil && now.at.Sub(x.since) < eventsAwaited }
	room := f.room()
	var asked []*fill
	kept := f.wanted[:0]
	for _, x := range f.wanted {
		switch q := f.queues[x.feed.key.source]; {
		case x.feed.users == 0:
		case room[q] <= 0, x.due.After(now.at), now.agenda != nil && now.agenda.Unknown != "" && patient(x):
			kept = append(kept, x)
		default:
			room[q]--
			asked = append(asked, x)
		}
	}
	doubted := p.findPastEvents(now, asked)
	for _, x := range asked {
		if doubted[x.feed] && patient(x) {
			kept = append(kept, x)
			continue
		}
		f.queues[x.feed.key.source].push(*x)
	}
	clear(f.wanted[len(kept):])
	if f.wanted = kept; len(kept) == 0 {
		p.past = nil
	}
}

// pastTurn is all that a timeline has, and which of it concerns whom: it takes
// long to find where there are many events, and is good for as many ticks as ask
// for pasts.
type pastTurn struct {
	turn *turn
	at   *desk
}

// findPastEvents gives fills the events that concern their feeds, and returns the
// feeds of which there may be more of them.
func (p *Pipeline) findPastEvents(now *turn, asked []*fill) (doubted map[*feed]bool) {
	if len(asked) == 0 || p.options.Model == nil || now.agenda == nil || now.agenda.Timeline == nil {
		return nil
	}
	if p.past == nil || p.past.turn.agenda.Timeline != now.agenda.Timeline {
		p.past = &pastTurn{now.over(now.agenda.Timeline.Window()), newDesk()}
	}
	past, at := p.past.turn, p.past.at
	if len(past.soon) == 0 {
		return nil
	}
	fills := make(map[*feed]*fill, len(asked))
	for _, x := range asked {
		fills[x.feed], x.events = x, nil
	}
	doubted = make(map[*feed]bool)
	for _, t := range p.active {
		if !slices.ContainsFunc(t.feeds, func(f *feed) bool { return fills[f] != nil }) {
			continue
		}
		events, doubt := past.concerning(t, at, p.options.Labels)
		for _, f := range t.feeds {
			if x := fills[f]; x != nil {
				x.events = joined(x.events, events)
				doubted[f] = doubted[f] || doubt != ""
			}
		}
	}
	return doubted
}

// over is the turn as if events between two instants were those that count.
func (n *turn) over(from, to time.Time) *turn {
	other := *n
	other.soon = n.agenda.Timeline.Between(from, to)
	other.asked = asked(other.soon)
	return &other
}

// takeFills puts fetched pasts before what the feeds measured themselves.
func (p *Pipeline) takeFills() {
	for _, x := range p.fills.take() {
		x.feed.settled = x.feed.settled || x.settled
		if x.history != nil {
			x.feed.series.Fill(x.history)
			p.filled[x.feed] = true
		}
		if x.model != nil {
			x.feed.relearn(x.model, x.events)
		}
	}
}

// partPast keeps samples apart in what was read of the past, where events jumped
// that the agenda still knows: a process that was restarted is to learn them no
// more than one that ran on.
func (p *Pipeline) partPast(now *turn) {
	if len(p.filled) == 0 || now.agenda == nil || now.agenda.Timeline == nil {
		return
	}
	past := now.over(now.at.Add(-p.options.History-eventsAwaited-jumpSettles), now.at)
	at := newDesk()
	for _, t := range p.active {
		if t.policy == nil || !slices.ContainsFunc(t.feeds, func(f *feed) bool { return p.filled[f] }) {
			continue
		}
		events, _ := past.concerning(t, at, p.options.Labels)
		for _, o := range events {
			for _, j := range jumpsOf(o) {
				t.partPast(j)
			}
		}
	}
	clear(p.filled)
}

func (t *tracked) partPast(j jump) {
	for _, f := range t.feeds {
		if f.series != nil {
			f.series.Part(j.from, j.to)
		}
	}
}
