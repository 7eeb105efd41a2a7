package intake

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// decode returns a text file in UTF-8 without a byte order mark, and reports
// whether it is text at all. UTF-8 is taken as it is; what had to be converted
// is a warning, because no file says that it is Windows-1252.
func decode(data []byte, c *collector) (string, bool) {
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		data = data[3:]
	}
	from, name := encodingOf(data)
	if from != nil {
		converted, err := from.NewDecoder().Bytes(data)
		if err != nil {
			c.fail(unreadable("text that is no "+name, "Save it as CSV UTF-8."))
			return "", false
		}
		data = converted
		c.warn(Problem{
			Code: Converted, Expected: "UTF-8", Found: name,
			Fix: "Look at accented letters, or save it as CSV UTF-8.",
		})
	}
	if bytes.IndexByte(data, 0) >= 0 {
		c.fail(unreadable(binary(data), "Save it as .csv, .xlsx or .ics."))
		return "", false
	}
	return string(data), true
}

// encodingOf tells the encoding of a text; nil is UTF-8. UTF-16 without a mark
// shows by the zero bytes of its commas and digits, which are all on one side.
func encodingOf(data []byte) (encoding.Encoding, string) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM), "UTF-16"
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM), "UTF-16"
	}
	var zeros [2]int
	head := data[:min(len(data), 4096)]
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	half := len(head) / 2
	switch {
	case len(data)%2 == 0 && zeros[1] > half/2 && zeros[0] <= half/20:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "UTF-16"
	case len(data)%2 == 0 && zeros[0] > half/2 && zeros[1] <= half/20:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "UTF-16"
	case zeros == [2]int{} && !utf8.Valid(data):
		return charmap.Windows1252, "Windows-1252"
	default:
		return nil, ""
	}
}

// binary names a file that is no text by its first bytes.
func binary(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return "an old .xls workbook, or one with a password"
	case bytes.HasPrefix(data, []byte("%PDF")):
		return "a PDF"
	case bytes.HasPrefix(data, []byte("\x1f\x8b")):
		return "a gzip archive"
	default:
		return "bytes that are no text"
	}
}
