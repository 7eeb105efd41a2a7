package config

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/headstart-scaler/headstart/config/internal/document"
	"github.com/headstart-scaler/headstart/workload"
)

// Check reads files and folders for review: Server and Policy documents and
// KEDA's ScaledObjects, in any mixture. ScaledObjects are linted against the
// policies among them; other objects are left out with a note.
func Check(paths []string) Report {
	c := checker{library: newLibrary(host{})}
	for _, p := range paths {
		if c.library.holdsEvents(p) {
			c.readSchedule(p)
			continue
		}
		c.read(p)
	}
	c.tell()
	c.followPolicies()
	c.report.Problems = append(c.report.Problems, c.library.errors...)
	for _, p := range c.library.errors {
		c.unread = append(c.unread, p.File)
	}
	c.compile()
	for _, so := range c.objects {
		c.lint(so)
	}
	c.report.Problems = c.report.Problems.Sort()
	slices.Sort(c.report.Notes)
	c.report.Notes = slices.Compact(c.report.Notes)
	c.report.Files = len(c.library.names)
	return c.report
}

// checker sorts documents for Check.
type checker struct {
	library *library
	told    int // documents of the library already told apart
	ours    []*document.Document
	objects []*document.Document
	servers []*document.Document
	report  Report
	facts   facts
	// unread are the files and folders of which not every policy is known.
	unread []string
}

func (c *checker) read(path string) {
	if err := c.library.read(path); err != nil {
		if of, ok := errors.AsType[*fs.PathError](err); ok {
			path = of.Path // one of a folder
		}
		c.unread = append(c.unread, path)
		c.report.Problems = append(c.report.Problems, document.Whole(path, "file", fmt.Sprintf("cannot be read: %v", cause(err)), "Name a file or a folder."))
	}
}

// readSchedule takes a file with events, which is named without a Server.
func (c *checker) readSchedule(path string) {
	texts, err := c.library.schedules(path)
	if err != nil {
		c.report.Problems = append(c.report.Problems, document.Whole(path, "file", fmt.Sprintf("cannot be read: %v", cause(err)), "Name a file with events."))
	}
	c.report.Schedules = append(c.report.Schedules, texts...)
}

// tell tells the documents read since apart.
func (c *checker) tell() {
	for _, d := range c.library.docs[c.told:] {
		version, kind := d.Head()
		switch {
		case version == APIVersion && kind == kindServer:
			c.servers = append(c.servers, d)
			c.ours = append(c.ours, d)
		case kind == "ScaledObject" && strings.HasPrefix(version, "keda.sh/"):
			c.objects = append(c.objects, d)
		case isForeign(version, kind):
			c.report.Notes = append(c.report.Notes, fmt.Sprintf("%s: %s is not checked", d.File, kind))
		default:
			c.ours = append(c.ours, d)
		}
	}
	c.told = len(c.library.docs)
}

// isForeign reports whether a document is somebody else's object, and not one
// of ours with a slip in its head.
func isForeign(version, kind string) bool {
	if version == "" || kind == "" {
		return false
	}
	return !strings.HasPrefix(version, "headstart") && workload.Nearest(version, []string{APIVersion}) == ""
}

// followPolicies reads what Server documents refer to, as Load does. A path
// that cannot be read is told when the Server is judged.
func (c *checker) followPolicies() {
	for _, d := range c.servers {
		object, _ := d.Generic() // its problems are told when it is judged
		spec, _ := object["spec"].(map[string]any)
		list, _ := spec["policies"].([]any)
		for i, item := range list {
			p, ok := item.(string)
			if !ok || p == "" {
				continue
			}
			if err := c.library.read(c.library.join(c.library.dir(d, d.File), p)); err != nil {
				c.unread = append(c.unread, p)
				follow := compiler{serverDoc: d}
				follow.unreadable(fmt.Sprintf("spec.policies[%d]", i), p, err)
				c.report.Problems = append(c.report.Problems, follow.errors...)
			}
		}
	}
	c.tell()
}

// compile judges our documents. Without a Server the sources that policies
// name cannot be told right from wrong.
func (c *checker) compile() {
	comp := compiler{}
	comp.sort(c.ours)
	server, table := comp.server(), sourceTable{}
	if comp.serverDoc != nil {
		table = server.table()
	} else if len(comp.policyDocs) > 0 {
		c.report.Notes = append(c.report.Notes, "no Server document among the files: the sources of policies are not checked")
	}
	comp.policies(table)
	comp.classes()
	if comp.serverDoc != nil {
		comp.schedules(c.library, c.library.dir(comp.serverDoc, comp.serverDoc.File), server.Schedules)
	}
	c.report.Schedules, c.report.Classes = append(c.report.Schedules, comp.set.Schedules...), comp.set.Classes
	c.report.Problems = append(append(c.report.Problems, comp.errors...), comp.warnings...)
	c.unread = append(c.unread, comp.unnamed...)
	slices.Sort(c.unread)
	c.unread = slices.Compact(c.unread)
	c.facts = facts{}
	for _, p := range comp.set.Policies {
		c.facts[p.Name] = Facts(p)
	}
	c.report.Policies, c.report.ScaledObjects = len(c.facts), len(c.objects)
}

func (c *checker) lint(d *document.Document) {
	object, problems := d.Generic()
	c.report.Problems = append(c.report.Problems, problems...)
	so := workload.DecodeScaledObject(object)
	if len(so.Triggers) == 0 {
		c.report.Notes = append(c.report.Notes, fmt.Sprintf("%s: ScaledObject %s has no trigger of Headstart", d.File, so.ID.Name))
		return
	}
	for _, f := range workload.Lint(so, c.facts) {
		if f.Code == "unknown-policy" {
			if note := c.excuse(d, so); note != "" {
				c.report.Notes = append(c.report.Notes, note)
				continue
			}
		}
		c.report.Problems = append(c.report.Problems, d.Problem(f.Severity, f.Code, f.Field, f.Message, sentence(f.Fix)))
	}
}

// excuse says why a policy that is not known may be there all the same, or "".
// What could not be read has been told as an error: that its policies are
// missing would be a second one, which goes away by itself.
func (c *checker) excuse(d *document.Document, so workload.ScaledObject) string {
	switch {
	case len(c.unread) > 0:
		return fmt.Sprintf("%s: ScaledObject %s names a policy that may be in %s: mend that first", d.File, so.ID.Name, someOf(c.unread))
	case len(c.facts) == 0:
		return "no policy among the files: ScaledObjects are not checked against theirs"
	default:
		return ""
	}
}

// someOf names as many files as a person reads.
func someOf(files []string) string {
	const most = 3
	if len(files) <= most {
		return oneOf(files)
	}
	return fmt.Sprintf("%s or %d more", strings.Join(files[:most], ", "), len(files)-most)
}

// facts are the policies a lint looks up.
type facts map[string]workload.PolicyFacts

// Policy implements workload.Policies.
func (f facts) Policy(name string) (workload.PolicyFacts, bool) { p, ok := f[name]; return p, ok }

// Names implements workload.Policies.
func (f facts) Names() []string {
	names := make([]string, 0, len(f))
	for name := range f {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// sentence makes a repair stand by itself.
func sentence(fix string) string {
	if fix == "" {
		return ""
	}
	fix = strings.ToUpper(fix[:1]) + fix[1:]
	if strings.HasSuffix(fix, "?") {
		return fix
	}
	return fix + "."
}
