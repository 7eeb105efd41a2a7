package intake

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// book is an .xlsx workbook (ECMA-376) that is read part by part. Excelize
// writes ours, and does not read others': it holds a whole sheet as a tree and
// does not tell a number from digits. A stream needs a tenth of the memory, and
// stops at a limit whatever the sizes in the archive say.
type book struct {
	files    map[string]*zip.File
	left     int64 // bytes that may still be unpacked, of all parts
	limits   Limits
	sheets   []sheetRef
	strings  []string // shared by the sheets
	clocks   []bool   // by style: whether it shows a time of day
	date1904 bool
}

// sheetRef is a sheet in the order of its tabs.
type sheetRef struct {
	name, part string
	hidden     bool
}

// limitError is the error of a workbook which is beyond a limit.
type limitError struct{ problem Problem }

func (e limitError) Error() string { return e.problem.String() }

// mostParts is more than any workbook has parts.
const mostParts = 10_000

// archiveOf opens a zip archive, unless it has too many entries: the list of
// them is made before anybody can look at it.
func archiveOf(data []byte) (*zip.Reader, error) {
	if n := bytes.Count(data, []byte("PK\x01\x02")); n > mostParts {
		return nil, limitError{tooLarge("files in an archive", int64(n), mostParts)}
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	return archive, nil
}

// sheetArchive tells what a zip archive is by its parts: a workbook, or a sheet
// of another kind with its name.
func sheetArchive(archive *zip.Reader) (workbook bool, other string) {
	for _, f := range archive.File {
		switch strings.ToLower(f.Name) {
		case "xl/workbook.xml":
			return true, ""
		case "xl/workbook.bin":
			other = "a binary workbook (.xlsb)"
		case "content.xml":
			other = "an OpenDocument file (.ods)"
		case "index.zip", "index/document.iwa":
			other = "a Numbers file"
		case "word/document.xml":
			other = "a text document"
		}
	}
	return false, other
}

func openBook(archive *zip.Reader, limits Limits) (*book, error) {
	b := &book{files: map[string]*zip.File{}, left: limits.Sheets, limits: limits}
	for _, f := range archive.File {
		b.files[strings.ToLower(f.Name)] = f
	}
	targets, err := b.relations()
	if err != nil {
		return nil, err
	}
	if err := b.workbook(targets); err != nil {
		return nil, err
	}
	if err := b.shared(); err != nil {
		return nil, err
	}
	return b, b.styles()
}

// part calls each for the tokens of a part until it returns false. A part that
// is not there has none.
func (b *book) part(name string, each func(xml.Token) (bool, error)) error {
	f := b.files[strings.ToLower(name)]
	if f == nil {
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("open %s: %w", name, err)
	}
	defer func() { _ = r.Close() }() // nothing is lost by not reading on
	limited := &budget{r: r, b: b}
	d := xml.NewDecoder(limited)
	for {
		token, err := d.RawToken()
		limited.token = 0
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read %s: %w", name, err)
		}
		if more, err := each(token); err != nil || !more {
			return err
		}
	}
}

// budget reads no more than a book has left, and no token that is longer than
// any of a workbook: the decoder holds it whole.
type budget struct {
	r     io.Reader
	b     *book
	token int // bytes since the last one
}

// longestToken is a cell of 32 KiB in entities of six bytes and more.
const longestToken = 1 << 20

func (r *budget) Read(p []byte) (int, error) {
	if r.b.left <= 0 {
		return 0, limitError{Problem{
			Code: TooLarge, Expected: fmt.Sprintf("at most %d bytes unpacked", r.b.limits.Sheets), Found: "more", Fix: "Split the file.",
		}}
	}
	if r.token > longestToken {
		return 0, limitError{tooLarge("bytes in one piece of a sheet", int64(r.token), longestToken)}
	}
	n, err := r.r.Read(p[:min(int64(len(p)), r.b.left)])
	r.b.left -= int64(n)
	r.token += n
	return n, err
}

// relations are the parts that the workbook names, by their ids.
func (b *book) relations() (map[string]string, error) {
	targets := map[string]string{}
	err := b.part("xl/_rels/workbook.xml.rels", func(t xml.Token) (bool, error) {
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "Relationship" {
			target := attr(e, "Target")
			if !strings.HasPrefix(target, "/") {
				target = "/xl/" + target
			}
			targets[attr(e, "Id")] = strings.TrimPrefix(path.Clean(target), "/")
		}
		return true, nil
	})
	return targets, err
}

func (b *book) workbook(targets map[string]string) error {
	return b.part("xl/workbook.xml", func(t xml.Token) (bool, error) {
		e, ok := t.(xml.StartElement)
		switch {
		case !ok:
		case e.Name.Local == "workbookPr":
			b.date1904 = isTrue(attr(e, "date1904"))
		case e.Name.Local == "sheet":
			state := attr(e, "state")
			b.sheets = append(b.sheets, sheetRef{attr(e, "name"), targets[attr(e, "id")], state == "hidden" || state == "veryHidden"})
		}
		return len(b.sheets) <= mostParts, nil
	})
}

// shared reads the strings that cells name by number. Runs of rich text are put
// together, and what tells how they are pronounced is left out.
func (b *book) shared() error {
	var text strings.Builder
	collect, phonetic := false, false
	held := int64(0)
	return b.part("xl/sharedStrings.xml", func(t xml.Token) (bool, error) {
		switch t := t.(type) {
		case xml.StartElement:
			phonetic = phonetic || t.Name.Local == "rPh"
			collect = t.Name.Local == "t" && !phonetic
		case xml.CharData:
			if collect && text.Len() <= b.limits.Cell {
				text.Write(t)
			}
		case xml.EndElement:
			collect = false
			phonetic = phonetic && t.Name.Local != "rPh"
			if t.Name.Local != "si" {
				break
			}
			if held += int64(text.Len()) + 16; held > b.limits.Unpacked {
				return false, limitError{tooLarge("bytes of text", held, b.limits.Unpacked)}
			}
			b.strings = append(b.strings, literal(text.String()))
			text.Reset()
		}
		return true, nil
	})
}

// styles learns which styles show a time of day, by the numbers that formats
// have in the standard and by what a format of the workbook is written as.
func (b *book) styles() error {
	custom := map[string]bool{}
	inside := false
	return b.part("xl/styles.xml", func(t xml.Token) (bool, error) {
		switch t := t.(type) {
		case xml.StartElement:
			switch {
			case t.Name.Local == "numFmt":
				custom[attr(t, "numFmtId")] = showsClock(attr(t, "formatCode"))
			case t.Name.Local == "cellXfs":
				inside = true
			case t.Name.Local == "xf" && inside:
				id := attr(t, "numFmtId")
				shows, known := custom[id]
				b.clocks = append(b.clocks, known && shows || !known && builtInClock(id))
			}
		case xml.EndElement:
			inside = inside && t.Name.Local != "cellXfs"
		}
		return true, nil
	})
}

// builtInClock reports whether a format of the standard shows a time of day.
func builtInClock(id string) bool {
	switch id {
	case "18", "19", "20", "21", "22", "45", "46", "47":
		return true
	default:
		return false
	}
}

// showsClock reports whether a number format shows hours. Words in quotes and
// what stands in brackets, such as a locale, are no part of it.
func showsClock(format string) bool {
	inQuotes, inBrackets := false, false
	for _, r := range format {
		switch {
		case r == '"':
			inQuotes = !inQuotes
		case inQuotes:
		case r == '[':
			inBrackets = true
		case r == ']':
			inBrackets = false
		case !inBrackets && (r == 'h' || r == 'H'):
			return true
		}
	}
	return false
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func isTrue(value string) bool { return value == "1" || value == "true" || value == "on" }
