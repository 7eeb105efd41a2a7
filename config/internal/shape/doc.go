// Package shape is what a person writes in a configuration file: one struct
// per mapping, each field with its name, default, choices and bounds as tags.
// The decoder, the JSON Schema and the documentation all read these tags, so
// that they cannot differ.
//
// What enters: text, through package document. What leaves: shapes that are
// complete and in bounds, field by field. What it refuses to do: it judges no
// field by another; package config does.
package shape
