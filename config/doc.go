// Package config turns files into a valid Set: the server's configuration and
// the policies.
//
// What enters: YAML files and folders of them, as a person or a ConfigMap
// leaves them. What leaves: a Set whose values need no further check and no
// default, its hash, and a Watcher that keeps it current; or Errors that name
// every place that is wrong, with the line and the repair. Check does the same
// for review, and lints ScaledObjects against the policies found.
//
// What it refuses to do: it reads no secret (it names the files and variables
// that hold them), it opens no connection, and it replaces a configuration
// that works by none that does not.
package config

import "github.com/headstart-scaler/headstart/config/internal/document"

//go:generate go run ./internal/schemagen ../docs/schema/headstart.schema.json

// Problem is one place of a file that is wrong.
type Problem = document.Problem //nolint:errname // It is a finding, of which warnings are no errors.

// Errors are all places that are wrong, in the order of files and lines. It
// is what Load's error is, unless a file could not be read at all.
type Errors = document.Errors //nolint:errname // Several errors, as their name says.
