package test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/headstart-scaler/headstart"

// node is one package as `go list -deps -json` tells it.
type node struct {
	ImportPath string
	Standard   bool
	Imports    []string // direct, tests left out
	Deps       []string // the whole closure
}

// graph maps import paths to packages.
type graph map[string]node

// listPackages asks the go command for every package of the main module and
// all they depend on.
func listPackages(t *testing.T) graph {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Standard,Imports,Deps", "./...")
	cmd.Dir = ".."
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("list packages: %v\n%s", err, complaints.String())
	}
	g := graph{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var n node
		if err := d.Decode(&n); errors.Is(err, io.EOF) {
			return g
		} else if err != nil {
			t.Fatalf("decode go list: %v", err)
		}
		g[n.ImportPath] = n
	}
}

// violations holds a graph against the layers and says, in sorted sentences,
// what breaks them.
func violations(g graph, layers []layer) []string {
	var found []string
	for path, n := range g {
		name, own := relative(path)
		if !own {
			continue
		}
		i := slices.IndexFunc(layers, func(l layer) bool { return matchesAny(name, l.packages) })
		if i < 0 {
			found = append(found, fmt.Sprintf("%s belongs to no layer: give it a row in test/arch_test.go", name))
			continue
		}
		found = append(found, layers[i].breaches(g, n, name)...)
	}
	slices.Sort(found)
	return found
}

// breaches says what one package of the layer does against it.
func (l layer) breaches(g graph, n node, name string) []string {
	var found []string
	for _, imported := range n.Imports {
		if kind, allowed := l.permits(g, imported); !allowed {
			found = append(found, fmt.Sprintf("%s imports %s %s: %s", name, kind, imported, l.why))
		}
	}
	for _, pattern := range l.unreachable {
		if reached, does := shortest(n.Deps, pattern); does {
			found = append(found, fmt.Sprintf("%s reaches %s: %s", name, reached, l.why))
		}
	}
	return found
}

// shortest returns the shortest path that matches the pattern, and whether one
// does: one tells of a whole module.
func shortest(paths []string, pattern string) (found string, matched bool) {
	for _, path := range paths {
		if name, _ := relative(path); !matchesAny(name, []string{pattern}) {
			continue
		}
		if !matched || len(path) < len(found) {
			found, matched = path, true
		}
	}
	return found, matched
}

// permits reports whether a direct import is allowed, and what kind of
// package it is.
func (l layer) permits(g graph, imported string) (kind string, allowed bool) {
	name, own := relative(imported)
	switch {
	case own:
		return "package", matchesAny(name, l.own)
	case g[imported].Standard || imported == "C":
		return "standard package", matchesAny(imported, l.standard)
	default:
		return "module package", matchesAny(imported, l.modules)
	}
}

// relative turns an import path of this module into its folder, and reports
// whether it was one.
func relative(path string) (string, bool) {
	return strings.CutPrefix(path, module+"/")
}

// matchesAny matches like the go command: a path is itself, and x/... is x
// and everything below; ... alone is everything.
func matchesAny(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		prefix, below := strings.CutSuffix(p, "...")
		if !below {
			return path == p
		}
		return strings.HasPrefix(path, prefix) || path == strings.TrimSuffix(prefix, "/")
	})
}
