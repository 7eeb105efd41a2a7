package config

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/headstart-scaler/headstart/config/internal/document"
)

// deepest is how far below a named folder files are looked for.
const deepest = 8

// library is the files a configuration is read from.
type library struct {
	fsys fs.FS
	join func(dir, name string) string
	// roots are the files and folders named; files those read, each with the
	// hash of its content.
	roots []root
	files map[string][sha256.Size]byte
	docs  []*document.Document
	// names are those of files, in the order they were read.
	names  []string
	errors Errors
}

// root is a file or folder that was named, and what is looked for in it.
type root struct {
	name  string
	wants func(name string) bool // whether a file of a folder is read
	limit int64                  // of bytes that are read of a file
}

// host is the file system as the operating system names it.
type host struct{}

// Open implements fs.FS for any name the operating system knows.
func (host) Open(name string) (fs.File, error) { return os.Open(name) }

// Stat implements fs.StatFS, so that a pipe is not opened to find out.
func (host) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }

func newLibrary(fsys fs.FS) *library {
	l := &library{fsys: fsys, join: joinSlash, files: map[string][sha256.Size]byte{}}
	if _, ok := fsys.(host); ok {
		l.join = joinFile
	}
	return l
}

// read adds the documents of a file, or of all files below a folder.
func (l *library) read(name string) error {
	r := root{name, isYAML, document.MaxBytes + 1}
	return l.take(r, func(file string, data []byte) {
		docs, problems := document.Parse(file, data)
		l.docs = append(l.docs, docs...)
		l.errors = append(l.errors, problems...)
	})
}

// schedules reads a file with events, or all such files below a folder.
func (l *library) schedules(name string) (texts []ScheduleText, err error) {
	err = l.take(root{name, isSchedule, mostScheduleBytes}, func(file string, data []byte) {
		texts = append(texts, ScheduleText{ScheduleFile: ScheduleFile{Path: file}, Data: data})
	})
	return texts, err
}

// take hands on the content of every file of a root that was not read before.
func (l *library) take(r root, content func(file string, data []byte)) error {
	l.roots = append(l.roots, r)
	return l.walk(r, func(file string) error {
		if _, again := l.files[file]; again {
			return nil
		}
		data, err := l.bytes(file, r.limit)
		if err != nil {
			return err
		}
		l.files[file] = sha256.Sum256(data)
		l.names = append(l.names, file)
		content(file, data)
		return nil
	})
}

// walk visits a file, or what a folder holds of wanted ones in order of names.
// Hidden entries are left out, and with them a ConfigMap's ..data and its like.
func (l *library) walk(r root, visit func(file string) error) error {
	info, err := fs.Stat(l.fsys, r.name)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return fmt.Errorf("read %s: is neither a file nor a folder", r.name)
		}
		return visit(r.name)
	}
	return l.walkFolder(r, r.name, 0, visit)
}

func (l *library) walkFolder(r root, folder string, depth int, visit func(file string) error) error {
	if depth > deepest {
		return fmt.Errorf("read %s: folders are nested more than %d deep", folder, deepest)
	}
	entries, err := fs.ReadDir(l.fsys, folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		name := l.join(folder, e.Name())
		switch {
		case e.IsDir():
			err = l.walkFolder(r, name, depth+1, visit)
		case r.wants(e.Name()):
			err = l.visitRegular(name, visit)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// visitRegular follows links to files only. A link that leads nowhere is an
// error: somebody meant a file to be there.
func (l *library) visitRegular(name string, visit func(file string) error) error {
	info, err := fs.Stat(l.fsys, name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	return visit(name)
}

func isYAML(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".yaml" || ext == ".yml"
}

// bytes reads a file up to a limit that is just beyond what is accepted.
func (l *library) bytes(name string, limit int64) (_ []byte, err error) {
	f, err := l.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err := io.ReadAll(io.LimitReader(f, limit))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}

// changed reports whether what lies at the roots is no longer what was read.
func (l *library) changed() bool {
	seen := 0
	differs := errors.New("differs")
	for _, root := range l.roots {
		err := l.walk(root, func(file string) error {
			data, err := l.bytes(file, root.limit)
			if sum, ok := l.files[file]; err != nil || !ok || sum != sha256.Sum256(data) {
				return differs
			}
			seen++
			return nil
		})
		if err != nil {
			return true
		}
	}
	return seen < len(l.files)
}

func joinSlash(dir, name string) string { return path.Join(dir, name) }

// folders are where a change of the configuration shows: those that hold files
// or are named, and those that hold a named one, whose link may be turned.
func (l *library) folders() []string {
	var out []string
	for _, root := range l.roots {
		out = append(out, filepath.Dir(root.name))
		if info, err := os.Stat(root.name); err == nil && info.IsDir() {
			out = append(out, root.name)
		}
	}
	for _, name := range l.names {
		out = append(out, filepath.Dir(name))
	}
	for _, folder := range slices.Clone(out) {
		out = append(out, linkFolders(folder)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// linkFolders are the folders that hold a link a path leads through: a tool
// such as git-sync replaces all files by turning one link far above them.
func linkFolders(name string) []string {
	var out []string
	for at := name; at != filepath.Dir(at); at = filepath.Dir(at) {
		if info, err := os.Lstat(at); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			out = append(out, filepath.Dir(at))
		}
	}
	return out
}
