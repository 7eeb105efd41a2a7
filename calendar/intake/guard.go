package intake

import "strings"

// guard puts an apostrophe before what a spreadsheet would take for a formula,
// and before what begins with apostrophes and then such.
func guard(text string) string {
	if dangerous(strings.TrimLeft(text, "'")) {
		return "'" + text
	}
	return text
}

// unguard undoes guard.
func unguard(text string) string {
	if strings.HasPrefix(text, "'") && dangerous(strings.TrimLeft(text, "'")) {
		return text[1:]
	}
	return text
}

// dangerous reports whether a spreadsheet may take a text for a formula: by the
// characters of OWASP's "CSV injection", and the wide forms of the first four.
func dangerous(text string) bool {
	if text == "" {
		return false
	}
	if strings.IndexByte("=+-@\t\r\n", text[0]) >= 0 {
		return true
	}
	for _, wide := range []string{"＝", "＋", "－", "＠"} {
		if strings.HasPrefix(text, wide) {
			return true
		}
	}
	return false
}
