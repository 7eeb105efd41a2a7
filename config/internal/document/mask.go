package document

import (
	"regexp"
	"strings"
)

const masked = "***"

// A key is secret by its name unless it names a file or a variable that holds
// the secret. A header may hold a token whatever its name.
var (
	secretKey  = regexp.MustCompile(`(?i)(pass|secret|token|authorization|credential|cookie|api-?key|private|username|customHeaders)`)
	publicKey  = regexp.MustCompile(`(File|FromEnv|Ref)$`)
	keyInLine  = regexp.MustCompile(`["']?([A-Za-z0-9_.-]+)["']?\s*[:=](?:\s+|$|["'])`)
	keyAtStart = regexp.MustCompile(`^\s*(?:-\s+)*["']?([A-Za-z0-9_.-]+)["']?\s*:`)
	// Where a variable's name should be, somebody may have written the value.
	variable    = regexp.MustCompile(`(FromEnv["']?\s*:\s*)("[^"]*"?|'[^']*'?|[^,}\s"'][^,}]*)`)
	goodName    = regexp.MustCompile(`^["']?[A-Za-z_][A-Za-z0-9_]*["']?\s*(#.*)?$`)
	userInURL   = regexp.MustCompile(`://[^@/\s]*@`)
	userAndHost = regexp.MustCompile(`[^\s@/"',\[\]]+:[^\s@/"',\[\]]*@`)
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
	if key := secretAbove(lines, i); key != "" {
		shown := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		if m := keyAtStart.FindString(line); m != "" && key == "customHeaders" {
			shown = m + " "
		}
		return shown + masked
	}
	line = variable.ReplaceAllStringFunc(line, func(found string) string {
		parts := variable.FindStringSubmatch(found)
		if goodName.MatchString(parts[2]) {
			return found
		}
		return parts[1] + masked
	})
	for _, m := range keyInLine.FindAllStringSubmatchIndex(line, -1) {
		if isSecret(line[m[2]:m[3]]) && strings.TrimSpace(line[m[1]:]) != "" {
			line = strings.TrimRight(line[:m[1]], `"'`) + masked
			break
		}
	}
	line = userInURL.ReplaceAllString(line, "://"+masked+"@")
	line = userAndHost.ReplaceAllString(line, masked+"@")
	return bearerToken.ReplaceAllString(line, "$1 "+masked)
}

// secretAbove is the secret key whose block a line lies in: one further up and
// further left; "" when there is none.
func secretAbove(lines []string, i int) string {
	const furthest = 1000 // lines; no block scalar of ours is longer
	depth := indentOf(lines[i])
	for j := i - 1; j >= max(0, i-furthest); j-- {
		if strings.TrimSpace(lines[j]) == "" {
			continue
		}
		indent := indentOf(lines[j])
		m := keyAtStart.FindStringSubmatch(lines[j])
		if m != nil && isSecret(m[1]) && (indent < depth || openEnded(lines[j])) {
			return m[1]
		}
		if indent < depth {
			depth = indent
		}
		if depth == 0 {
			return ""
		}
	}
	return ""
}

// openEnded reports whether a value goes on in the next lines whatever their
// indentation: a quote or a bracket is left open.
func openEnded(line string) bool {
	return strings.Count(line, `"`)%2 == 1 || strings.Count(line, "'")%2 == 1 ||
		strings.Count(line, "{") > strings.Count(line, "}") || strings.Count(line, "[") > strings.Count(line, "]")
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " \t-")) }
