package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/headstart-scaler/headstart/config/internal/document"
	"github.com/headstart-scaler/headstart/config/internal/shape"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

// APIVersion is what documents of ours begin with.
const APIVersion = "headstart/v1"

const (
	kindServer = "Server"
	kindPolicy = "Policy"
	kindClass  = "EventClass"
)

// Load reads a configuration: a file, or a folder, that holds one Server
// document, and the files and folders its spec.policies names. Invalid
// content is an Errors with every place; other errors are of files that
// cannot be read.
func Load(path string) (*Set, error) {
	set, _, err := load(host{}, path)
	return set, err
}

// LoadFS is Load in a file system; names in it are slash-separated and
// relative to its root.
func LoadFS(fsys fs.FS, path string) (*Set, error) {
	set, _, err := load(fsys, path)
	return set, err
}

// LoadPolicies reads the Policy documents of files and folders by themselves.
// The sources they name are not resolved.
func LoadPolicies(paths ...string) ([]decision.Policy, error) {
	l := newLibrary(host{})
	for _, p := range paths {
		if err := l.read(p); err != nil {
			return nil, fmt.Errorf("read policies: %w", err)
		}
	}
	c := compiler{errors: l.errors}
	c.sort(l.docs)
	c.policies(sourceTable{})
	if err := c.errors.Sort().Err(); err != nil {
		return nil, err
	}
	return c.set.Policies, nil
}

// load also returns the library, to see later whether it changed; it is never
// nil.
func load(fsys fs.FS, path string) (*Set, *library, error) {
	l := newLibrary(fsys)
	path = filepath.Clean(path)
	if err := l.read(path); err != nil {
		return nil, l, fmt.Errorf("read configuration: %w", err)
	}
	c := compiler{}
	c.sort(l.docs)
	server, dir := c.server(), l.dir(c.serverDoc, path)
	read := len(l.docs)
	for i, p := range server.PolicyPaths {
		if p == "" {
			continue
		}
		if err := l.read(l.join(dir, p)); err != nil {
			c.unreadable(fmt.Sprintf("spec.policies[%d]", i), p, err)
		}
	}
	c.sort(l.docs[read:])
	c.policies(server.table())
	c.classes()
	c.schedules(l, dir, server.Schedules)
	c.errors = append(c.errors, l.errors...)
	if c.serverDoc == nil && len(l.errors) == 0 {
		c.errors = append(c.errors, document.Whole(path, "missing", "holds no document of kind Server", "Add one: apiVersion: headstart/v1, kind: Server."))
	}
	if err := c.errors.Sort().Err(); err != nil {
		return nil, l, err
	}
	c.set.Hash = c.set.hash(server)
	c.set.written = server
	server.resolve(l.join, dir)
	c.set.Server, c.set.Files = server, slices.Sorted(slices.Values(l.names))
	return &c.set, l, nil
}

// dir is the folder that the server's names are relative to.
func (l *library) dir(server *document.Document, path string) string {
	if server != nil {
		path = server.File
	}
	return filepath.ToSlash(filepath.Dir(path))
}

// compiler makes a Set of documents and gathers what is wrong with them.
type compiler struct {
	serverDoc  *document.Document
	policyDocs []*document.Document
	classDocs  []*document.Document
	set        Set
	errors     Errors
	warnings   Errors // for a review
	// first is where a policy's name was first written.
	first map[string]Problem
	// unnamed are the files of documents whose policy has no name that could
	// be read, if they are policies at all.
	unnamed []string
}

// sort tells documents apart by kind.
func (c *compiler) sort(docs []*document.Document) {
	for _, d := range docs {
		switch version, kind := d.Head(); {
		case version != APIVersion:
			c.refuse(d, "apiVersion", version, []string{APIVersion})
		case kind == kindPolicy:
			c.policyDocs = append(c.policyDocs, d)
		case kind == kindClass:
			c.classDocs = append(c.classDocs, d)
		case kind == kindServer && c.serverDoc == nil:
			c.serverDoc = d
		case kind == kindServer:
			// Decoding notes where its fields are.
			c.errors = append(c.errors, d.Decode(new(shape.Server))...)
			c.errors = append(c.errors, d.Problem(workload.Error, "duplicate", "kind", fmt.Sprintf("is a second Server; the first is in %s:%d", c.serverDoc.File, c.serverDoc.Line("kind")), "Keep one."))
		default:
			c.refuse(d, "kind", kind, []string{kindServer, kindPolicy, kindClass})
		}
	}
}

func (c *compiler) refuse(d *document.Document, field, found string, known []string) {
	c.unnamed = append(c.unnamed, d.File)
	if _, problems := d.Generic(); len(problems) > 0 {
		c.errors = append(c.errors, problems...)
		return
	}
	message := fmt.Sprintf("found %.80q", found)
	if !d.Has(field) {
		message = "is missing"
	}
	c.errors = append(c.errors, d.Problem(workload.Error, "kind", field, message,
		didYouMean(found, known, "Write "+field+": "+strings.Join(known, " or ")+".")))
}

func (c *compiler) server() Server {
	if c.serverDoc == nil {
		return Server{}
	}
	var in shape.Server
	j := judge{doc: c.serverDoc, decoded: c.serverDoc.Decode(&in)}
	out := j.server(in)
	c.errors = append(append(c.errors, j.decoded...), j.errors...)
	return out
}

// policies judges all Policy documents against the sources there are.
func (c *compiler) policies(sources sourceTable) {
	c.first = map[string]Problem{}
	for _, d := range c.policyDocs {
		var in shape.Policy
		j := judge{doc: d, decoded: d.Decode(&in)}
		p, bindings := j.policy(in, sources)
		c.errors = append(append(c.errors, j.decoded...), j.errors...)
		c.warnings = append(c.warnings, j.warnings...)
		if p.Name == "" {
			c.unnamed = append(c.unnamed, d.File)
		}
		if c.duplicate(d, p.Name) {
			continue
		}
		c.set.Policies = append(c.set.Policies, p)
		c.set.Bindings = append(c.set.Bindings, bindings...)
	}
	slices.SortFunc(c.set.Policies, func(a, b decision.Policy) int { return strings.Compare(a.Name, b.Name) })
	slices.SortStableFunc(c.set.Bindings, func(a, b workload.Trigger) int { return strings.Compare(a.Policy, b.Policy) })
}

// duplicate names both places of a name that is written twice.
func (c *compiler) duplicate(d *document.Document, name string) bool {
	if name == "" {
		return false
	}
	here := d.Problem(workload.Error, "duplicate", "metadata.name", "", "Give one of them another name.")
	before, twice := c.first[name]
	if !twice {
		c.first[name] = here
		return false
	}
	here.Message = fmt.Sprintf("policy %s is also in %s:%d:%d", name, before.File, before.Line, before.Column)
	before.Message = fmt.Sprintf("policy %s is also in %s:%d:%d", name, here.File, here.Line, here.Column)
	c.errors = append(c.errors, before, here)
	return true
}

// unreadable names the file where one in a folder is the cause.
func (c *compiler) unreadable(path, name string, err error) {
	message := fmt.Sprintf("cannot read %s: %v", name, cause(err))
	of, ok := errors.AsType[*fs.PathError](err)
	switch {
	case ok && !strings.HasSuffix(filepath.ToSlash(of.Path), filepath.ToSlash(filepath.Clean(name))):
		message = fmt.Sprintf("cannot read %s of %s: %v", of.Path, name, of.Err)
	case errors.Is(err, fs.ErrNotExist):
		message = "there is no file or folder " + name
	}
	c.errors = append(c.errors, c.serverDoc.Problem(workload.Error, "file", path, message, "Names are relative to this file's folder."))
}

// cause is what a file error says without repeating the name.
func cause(err error) error {
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		return of.Err
	}
	return err
}
