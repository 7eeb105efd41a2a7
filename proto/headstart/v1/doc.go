// Package headstartv1 is the API of Headstart as code: messages, gRPC clients
// and servers, and their JSON over HTTP. All but this file is generated from
// the .proto files and http.yaml beside it.
//
// What it refuses to do: it decides nothing; package api serves it.
package headstartv1

//go:generate go -C ../../.. tool -modfile=tools/buf/go.mod buf generate
