package decision

import "github.com/headstart-scaler/headstart/forecast"

// notable is by how much more than now has to be expected for the reason to be told.
const notable = 1.1

// habit says why more is expected than there is now, where that is what was usual at
// the time of day at which the path ends.
func (s sentence) habit(o *Observation, path forecast.Path, now float64, unit string) sentence {
	if !path.Known() || !(o.Yesterday > now*notable || o.LastWeek > now*notable) {
		return s
	}
	end := path.Start().Add(path.Horizon())
	if path.At(0.5, end) <= now*notable {
		return s
	}
	s = s.words(" (at ", end.UTC().Format("15:04Z"), " it was ")
	if o.Yesterday > 0 {
		s = s.num(o.Yesterday).words(unit, " yesterday")
	}
	if o.LastWeek > 0 {
		if o.Yesterday > 0 {
			s = s.words(", ")
		}
		s = s.num(o.LastWeek).words(unit, " a week ago")
	}
	return s.words(")")
}
