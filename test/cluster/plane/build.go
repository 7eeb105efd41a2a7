package plane

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/headstart-scaler/headstart/test/rig"
)

// source is where a program comes from: a package of a module that a folder
// below test/cluster/parts pins.
type source struct{ name, folder, module, pkg string }

func sources() []source {
	const kubernetes, keda = "k8s.io/kubernetes", "github.com/kedacore/keda/v2"
	return []source{
		{etcd, "etcd", "go.etcd.io/etcd/server/v3", "go.etcd.io/etcd/server/v3"},
		{apiserver, "kubernetes", kubernetes, kubernetes + "/cmd/kube-apiserver"},
		{controllers, "kubernetes", kubernetes, kubernetes + "/cmd/kube-controller-manager"},
		{scheduler, "kubernetes", kubernetes, kubernetes + "/cmd/kube-scheduler"},
		{kwok, "kwok", "sigs.k8s.io/kwok", "sigs.k8s.io/kwok/cmd/kwok"},
		{karpenter, "karpenter", "sigs.k8s.io/karpenter", "sigs.k8s.io/karpenter/kwok"},
		{kedaAdapter, "keda", keda, keda + "/cmd/adapter"},
		{kedaOperator, "keda", keda, keda + "/cmd/operator"},
	}
}

// binary is a program that was built.
type binary struct {
	path    string
	version string
	source  string // folder of its module, with the YAML files it ships
}

// buildFlags are a part of what identifies a binary.
func buildFlags() []string { return []string{"-trimpath", "-ldflags=-s -w"} }

// Build builds what the cache does not have yet, so that nothing that has a
// time limit waits for it. The first time took ten minutes on two cores, and
// twenty on slower ones.
func Build(ctx context.Context, progress io.Writer) error {
	_, err := buildAll(ctx, progress)
	return err
}

// buildAll returns every program, and builds those that the cache does not
// have.
func buildAll(ctx context.Context, progress io.Writer) (map[string]binary, error) {
	root, err := rig.Root()
	if err != nil {
		return nil, err
	}
	cache, err := cacheFolder()
	if err != nil {
		return nil, err
	}
	built := map[string]binary{}
	for _, s := range sources() {
		b := builder{source: s, folder: filepath.Join(root, "test/cluster/parts", s.folder), cache: cache, progress: progress}
		if built[s.name], err = b.build(ctx); err != nil {
			return nil, fmt.Errorf("build %s: %w", s.name, err)
		}
	}
	return built, nil
}

// cacheFolder is where binaries are kept: HEADSTART_CACHE, or the user's cache.
func cacheFolder() (string, error) {
	base := os.Getenv("HEADSTART_CACHE")
	if base == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("find a folder for built programs, set HEADSTART_CACHE: %w", err)
		}
		base = filepath.Join(user, "headstart")
	}
	base, err := filepath.Abs(base) // builds run in other folders
	if err != nil {
		return "", fmt.Errorf("find a folder for built programs: %w", err)
	}
	folder := filepath.Join(base, "cluster")
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return "", fmt.Errorf("make a folder for built programs: %w", err)
	}
	return folder, nil
}

type builder struct {
	source
	folder   string // of the module that pins the program
	cache    string
	progress io.Writer
}

func (b builder) build(ctx context.Context) (binary, error) {
	out, err := b.run(ctx, "mod", "download", "-json", b.module)
	if err != nil {
		return binary{}, err
	}
	var module struct{ Version, Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		return binary{}, fmt.Errorf("read the version of %s: %w", b.module, err)
	}
	hash, err := b.hash(ctx)
	if err != nil {
		return binary{}, err
	}
	path := filepath.Join(b.cache, fmt.Sprintf("%s-%s-%s", b.name, module.Version, hash))
	result := binary{path: path, version: module.Version, source: module.Dir}
	if _, err := os.Stat(path); err == nil {
		return result, nil
	}
	release, err := lock(ctx, path+".lock")
	if err != nil {
		return binary{}, err
	}
	defer release()
	if _, err := os.Stat(path); err == nil { // somebody else built it meanwhile
		return result, nil
	}
	return result, b.compile(ctx, path, module.Version)
}

// hash is of all that decides what a build makes.
func (b builder) hash(ctx context.Context) (string, error) {
	sum := sha256.New()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(b.folder, name))
		if err != nil {
			return "", fmt.Errorf("identify a build: %w", err)
		}
		sum.Write(text)
	}
	toolchain, err := b.run(ctx, "env", "GOVERSION", "GOOS", "GOARCH")
	if err != nil {
		return "", err
	}
	sum.Write(toolchain)
	sum.Write(fmt.Append(nil, b.pkg, buildFlags()))
	return fmt.Sprintf("%x", sum.Sum(nil)[:6]), nil
}

// compile builds under another name: whoever sees the path sees it whole.
func (b builder) compile(ctx context.Context, path, version string) error {
	begin := time.Now()
	b.tell("build %s %s, once for this version…\n", b.name, version)
	partial := path + ".partial"
	defer func() { _ = os.Remove(partial) }() // gone already when the build was good
	if _, err := b.run(ctx, append(append([]string{"build"}, buildFlags()...), "-o", partial, b.pkg)...); err != nil {
		return err
	}
	if err := os.Rename(partial, path); err != nil {
		return err
	}
	b.tell("built %s %s in %s\n", b.name, version, time.Since(begin).Round(time.Second))
	return nil
}

func (b builder) tell(format string, args ...any) {
	_, _ = fmt.Fprintf(b.progress, format, args...) // a build is not worth less when nobody hears of it
}

// run runs the go command in the folder that pins the program.
func (b builder) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = b.folder
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s in %s: %w: %s", strings.Join(args, " "), b.folder, err, bytes.TrimSpace(complaints.Bytes()))
	}
	return out, nil
}

// lock waits for a file that one process at a time may hold. The kernel lets
// go of it when that process ends, however it ends.
func lock(ctx context.Context, path string) (release func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of a build: %w", err)
	}
	for {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil // which lets go of it
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			_ = file.Close() // nothing was written
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		select {
		case <-ctx.Done():
			_ = file.Close() // nothing was written
			return nil, fmt.Errorf("wait for another build, which holds %s: %w", path, ctx.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}
