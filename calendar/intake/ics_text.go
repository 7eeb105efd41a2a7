package intake

import (
	"html"
	"strings"
)

// unescape reads a value of type TEXT (RFC 5545, 3.3.11). A backslash before
// anything else stands for itself.
func unescape(value string) string {
	if !strings.Contains(value, `\`) {
		return value
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] != '\\' || i+1 == len(value) {
			b.WriteByte(value[i])
			continue
		}
		switch next := value[i+1]; next {
		case 'n', 'N':
			b.WriteByte('\n')
		case '\\', ';', ',', ':', '"': // the last two are escaped by mistake, often
			b.WriteByte(next)
		default:
			b.WriteByte('\\')
			continue
		}
		i++
	}
	return b.String()
}

// listed yields the texts of a value that is a list.
func listed(value string) []string {
	var list []string
	from := 0
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '\\':
			i++
		case ',':
			list = append(list, strings.TrimSpace(unescape(value[from:i])))
			from = i + 1
		}
	}
	return append(list, strings.TrimSpace(unescape(value[from:])))
}

// escape writes a value of type TEXT.
func escape(text string) string {
	var b strings.Builder
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\n' || c == '\r':
			b.WriteString(`\n`)
		case c == '\\' || c == ';' || c == ',':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' && c != '\t' || c == 0x7f: // no part of a TEXT
			b.WriteByte(' ')
		default:
			b.WriteByte(c)
		}
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}

// plainText returns a description without the HTML that Google and Outlook write
// into it.
func plainText(text string) string {
	if isHTML(text) {
		text = html.UnescapeString(withoutTags(text))
	}
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u00a0", " ").Replace(text)
	var rows []string
	for row := range strings.SplitSeq(text, "\n") {
		rows = append(rows, strings.TrimRight(row, " \t"))
	}
	return strings.TrimSpace(strings.Join(rows, "\n"))
}

// isHTML reports whether a text has a tag or an entity that mail programs write
// and people do not.
func isHTML(text string) bool {
	small := strings.ToLower(text)
	for _, mark := range []string{
		"<br", "<p>", "<p ", "</", "<div", "<span", "<html", "<ul", "<ol", "<li", "<a href", "&nbsp;", "&amp;", "&lt;", "&gt;",
	} {
		if strings.Contains(small, mark) {
			return true
		}
	}
	return false
}

// withoutTags takes tags out of HTML and puts an end of line where one of them
// makes one.
func withoutTags(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "<")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		tag, after, closed := strings.Cut(rest, ">")
		if !closed || !looksLikeTag(tag) {
			b.WriteByte('<')
			text = rest
			continue
		}
		if breaksLine(tag) {
			b.WriteByte('\n')
		}
		text = after
	}
}

// longestTag is more than a tag of a description has bytes; what is longer is
// a sign that somebody wrote "less than".
const longestTag = 2048

func looksLikeTag(tag string) bool {
	tag = strings.TrimPrefix(tag, "/")
	if tag == "" || len(tag) > longestTag {
		return false
	}
	c := tag[0] | 0x20
	return c >= 'a' && c <= 'z' || tag[0] == '!'
}

func breaksLine(tag string) bool {
	name := strings.ToLower(strings.Trim(tag, "/ "))
	name, _, _ = strings.Cut(name, " ")
	name = strings.TrimSuffix(name, "/")
	switch name {
	case "br", "tr", "ul", "ol", "h1", "h2", "h3":
		return true
	case "p", "div", "li":
		return strings.HasPrefix(tag, "/") // once for each pair
	default:
		return false
	}
}
