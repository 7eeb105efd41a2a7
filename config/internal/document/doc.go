// Package document reads YAML the way a person can be told about it.
//
// What enters: the bytes of a file. What leaves: its documents, decoded
// strictly into Go structs whose tags name defaults, bounds and choices, or
// generically; and Errors, one for every place that is wrong, each with file,
// line, column, the line itself and the repair.
//
// What it refuses to do: it reads no file; it guesses no type (a market called
// NO stays "NO"); it shows no secret in an error; and it follows no nesting or
// alias beyond what somebody would write by hand.
package document
