package intake

import (
	"errors"
	"fmt"
	"math"

	"github.com/headstart-scaler/headstart/calendar"
)

// DecodeJSON reads what EncodeJSON wrote, such as a stored version, without
// looking for anything worth a warning. Another text is an error that names the
// first thing wrong with it.
func DecodeJSON(data []byte) (calendar.Schedule, error) {
	o := Options{Limits: Limits{Rows: math.MaxInt}}.withDefaults()
	c := &collector{limit: 1}
	b := newBuilder(o, c)
	b.rules.left = math.MaxInt64 // what is stored was accepted
	found := readJSON(string(data), b)
	if len(c.errors) > 0 {
		return calendar.Schedule{}, errors.New(c.errors[0].String())
	}
	events := make([]*calendar.Event, len(found))
	for i, p := range found {
		events[i] = p.event
	}
	s, err := calendar.NewSchedule(events)
	if err != nil {
		return calendar.Schedule{}, fmt.Errorf("read a stored schedule: %w", err)
	}
	return s, nil
}
