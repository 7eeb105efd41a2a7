package document

import (
	"regexp"
	"strings"
)

const masked = "***"

// A key is secret by its name unless it names a file or a variable that holds
// the secret. A header may hold a token whatever its name.
var (
	secretKey   = regexp.MustCompile(`(?i)(pass|secret|token|authorization|credential|cookie|api-?key|private|username|customHeaders)`)
	publicKey   = regexp.MustCompile(`(File|FromEnv|Ref)$`)
	keyInLine   = regexp.MustCompile(`["']?([A-Za-z0-9_.-]+)["']?\s*[:=](?:\s+|$|["'])`)
	keyAtStart  = regexp.MustCompile(`^\s*(?:-\s+)*["']?([A-Za-z0-9_.-]+)["']?\s*:`)
	userInURL   = regexp.MustCompile(`://[^@/\s]*@`)
	bearerToken = regexp.MustCompile(`(?i)\b(bearer|basic)\s+\S+`)
)

func isSecret(key string) bool { return secretKey.MatchString(key) && !publicKey.MatchString(key) }

// isSecretPath reports whether a field, or one it is part of, is secret.
func isSecretPath(path string) bool {
	for key := range strings.SplitSeq(path, ".") {
		key, _, _ = strings.Cut(key, "[")
		if isSecret(key) {
			return true
		}
	}
	return false
}

// mask returns a line fit for an error: nothing that follows a secret key, on
// its line or in the block below it, is shown.
func mask(lines []string, i int) string {
	line := lines[i]
	if underSecret(lines, i) {
		indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		return indent + masked
	}
	for _, m := range keyInLine.FindAllStringSubmatchIndex(line, -1) {
		if isSecret(line[m[2]:m[3]]) && strings.TrimSpace(line[m[1]:]) != "" {
			line = strings.TrimRight(line[:m[1]], `"'`) + masked
			break
		}
	}
	line = userInURL.ReplaceAllString(line, "://"+masked+"@")
	return bearerToken.ReplaceAllString(line, "$1 "+masked)
}

// underSecret reports whether a line lies in the block of a secret key: one
// further up and further left.
func underSecret(lines []string, i int) bool {
	const furthest = 1000 // lines; no block scalar of ours is longer
	depth := indentOf(lines[i])
	for j := i - 1; j >= max(0, i-furthest); j-- {
		if strings.TrimSpace(lines[j]) == "" {
			continue
		}
		indent := indentOf(lines[j])
		m := keyAtStart.FindStringSubmatch(lines[j])
		if m != nil && isSecret(m[1]) && (indent < depth || openEnded(lines[j])) {
			return true
		}
		if indent < depth {
			depth = indent
		}
		if depth == 0 {
			return false
		}
	}
	return false
}

// openEnded reports whether a value goes on in the next lines whatever their
// indentation: a quote or a bracket is left open.
func openEnded(line string) bool {
	return strings.Count(line, `"`)%2 == 1 || strings.Count(line, "'")%2 == 1 ||
		strings.Count(line, "{") > strings.Count(line, "}") || strings.Count(line, "[") > strings.Count(line, "]")
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " \t-")) }
