package intake

import "strings"

// unguard undoes guard.
func unguard(text string) string {
	if strings.HasPrefix(text, "'") && dangerous(strings.TrimLeft(text, "'")) {
		return text[1:]
	}
	return text
}

// guard puts an apostrophe before what a spreadsheet would take for a formula,
// and before what begins with apostrophes and then such.
func guard(text string) string {
	if dangerous(strings.TrimLeft(text, "'")) {
		return "'" + text
	}
	return text
}

// dangerous reports whether a spreadsheet may take a text for a formula: the
// marks of OWASP's "CSV injection", and their wide forms.
func dangerous(text string) bool {
	return text != "" && strings.ContainsAny(text[:1], "=+-@\t\r\n") ||
		strings.HasPrefix(text, "＝") || strings.HasPrefix(text, "＋") || strings.HasPrefix(text, "－") || strings.HasPrefix(text, "＠")
}
