package calendar

// Meets reports whether a workload may be in both scopes.
func (s Scope) Meets(o Scope) bool { return s.keys().meet(o.keys()) }
