// Package calendar says what will happen: events that change demand, when they
// take place, and what they do to it.
//
// What enters: a Schedule of Events, valid by construction, whose times are
// clocks on a wall in a zone (Wall), because that is what people mean and what
// stays true when a zone's rules change. What leaves: Occurrences, which are
// instants; and the Effect of those that concern a workload, at an instant.
//
// What it refuses to do: it reads no file and no clock, it does not guess a
// zone, it never expands a recurrence without a window, and it knows nothing of
// replicas that exist: what to do about an event is the decision's.
package calendar
