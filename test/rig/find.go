package rig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// FreeAddress returns a loopback address nobody listens on. Programs that
// cannot be told port 0 need one; another program may take it meanwhile, which
// then shows as a failed start.
func FreeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a loopback port is there at once
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = l.Close() }() // nothing was accepted
	return l.Addr().String(), nil
}

// Program finds a program on the PATH.
func Program(name, install string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is missing: %s", name, install)
	}
	return path, nil
}

// Root is the folder of the main module, which is above the working directory
// of every suite.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the main module: %w", err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.Contains(string(text), "module github.com/headstart-scaler/headstart\n") {
			return dir, nil
		}
	}
	return "", errors.New("the main module is not above the working directory")
}

// Run runs a program to its end and returns what it printed.
func Run(ctx context.Context, dir, path string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("run %s: %w: %s", filepath.Base(path), err, bytes.TrimSpace(complaints.Bytes()))
	}
	return out, nil
}
