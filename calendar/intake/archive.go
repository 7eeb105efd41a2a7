package intake

import (
	"archive/zip"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// mostEntries is how many files an archive may hold, of whatever kind. Google
// exports one for each calendar.
const mostEntries = 1000

// readArchive reads the calendars in an archive, and says of each problem in
// which of several it is. Names in the archive are labels and never paths. What
// it claims of sizes is not believed: no more than the limit is unpacked, in
// all.
func readArchive(archive *zip.Reader, o Options, c *collector) []placed {
	files := unpack(archive, o.Limits, c)
	shared := newBuilder(o, c) // one budget for the rules and names of all
	var found []placed
	for _, f := range files {
		label := ""
		if len(files) > 1 {
			label = f.name
		}
		within := &collector{limit: c.limit}
		if text, ok := decode(f.text, within); ok {
			b := *shared
			b.c = within
			found = append(found, readICS([]byte(text), &b, label)...)
		}
		c.merge(within, label)
	}
	return found
}

// merge takes over the problems of a file of several.
func (c *collector) merge(within *collector, label string) {
	for _, p := range within.errors {
		p.Column = labelled(p.Column, label)
		c.fail(p)
	}
	for _, p := range within.warnings {
		p.Column = labelled(p.Column, label)
		c.warn(p)
	}
	c.omittedErrors += within.omittedErrors
	c.omittedWarnings += within.omittedWarnings
}

// packed is a file of an archive.
type packed struct {
	name string
	text []byte
}

// unpack returns the calendars of an archive in the order of their names.
func unpack(archive *zip.Reader, limits Limits, c *collector) []packed {
	if len(archive.File) > mostEntries {
		c.fail(tooLarge("files in an archive", int64(len(archive.File)), mostEntries))
		return nil
	}
	var calendars []*zip.File
	for _, f := range archive.File {
		switch ending := strings.ToLower(path.Ext(f.Name)); {
		case strings.HasSuffix(f.Name, "/") || strings.HasPrefix(path.Base(f.Name), ".") || strings.HasPrefix(f.Name, "__MACOSX/"):
		case ending == ".ics" || ending == ".ical" || ending == ".ifb":
			calendars = append(calendars, f)
		case ending == ".zip":
			c.fail(unreadable("an archive in an archive: "+label(f), "Unpack it, and upload the calendar files."))
		default:
			c.warn(Problem{
				Code: UnknownField, Found: label(f), Expected: "calendar files (.ics)", Fix: "It is left out. Upload it by itself if it holds events.",
			})
		}
	}
	if len(calendars) == 0 && len(c.errors) == 0 {
		c.fail(unreadable("an archive without .ics files", "Upload a calendar export, or a workbook as .xlsx."))
	}
	slices.SortStableFunc(calendars, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	return unpackAll(calendars, limits.Unpacked, c)
}

func unpackAll(calendars []*zip.File, left int64, c *collector) []packed {
	most := left
	var files []packed
	for _, f := range calendars {
		text, err := unpackOne(f, left)
		if err != nil {
			c.fail(unreadable(fmt.Sprintf("%s, which is broken: %s", label(f), excerpt(err.Error())), "Export it again."))
			continue
		}
		if left -= int64(len(text)); left < 0 {
			p := tooLarge("bytes unpacked", most+1, most)
			p.Found = "more"
			c.fail(p)
			return nil
		}
		files = append(files, packed{label(f), text})
	}
	return files
}

// unpackOne unpacks a file, up to one byte more than what is left.
func unpackOne(f *zip.File, left int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(r, left+1))
	if closing := r.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return text, nil
}

// label is the name of a file for messages.
func label(f *zip.File) string { return excerpt(path.Base(strings.ReplaceAll(f.Name, `\`, "/"))) }
