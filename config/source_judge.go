package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/config/internal/shape"
)

var (
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	headerName   = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$") // token of RFC 9110
)

const leastTimeout, mostTimeout = 100 * time.Millisecond, time.Minute

func (j *judge) sources(in []shape.Source, out *Server) {
	first := map[string]string{}
	for i, s := range in {
		path := fmt.Sprintf("spec.sources[%d]", i)
		j.label(path+".name", s.Name)
		if before, twice := first[s.Name]; twice && s.Name != "" {
			j.refuse(path+".name", fmt.Sprintf("%s is the name of the source in line %d too", s.Name, j.doc.Line(before)), "Give one of them another name.")
		}
		first[s.Name] = path + ".name"
		switch {
		case s.Kafka != nil && s.Prometheus != nil:
			j.refuse(path, "is kafka and prometheus at once", "Make two sources of it.")
		case s.Kafka != nil:
			out.Kafka = append(out.Kafka, j.kafka(path+".kafka", s.Name, *s.Kafka))
		case s.Prometheus != nil:
			out.Prometheus = append(out.Prometheus, j.prometheus(path+".prometheus", s.Name, *s.Prometheus))
		default:
			j.refuse(path, "does not say what it is", "Add kafka: or prometheus:.")
		}
	}
}

func (j *judge) kafka(path, name string, in shape.Kafka) Kafka {
	out := Kafka{Name: name, BootstrapServers: in.BootstrapServers, Timeout: in.Timeout.Duration, TLS: TLS(in.TLS)}
	if len(in.BootstrapServers) == 0 {
		j.refuse(path+".bootstrapServers", "is empty", "Write at least one broker, HOST:PORT.")
	}
	for i, address := range in.BootstrapServers {
		at := fmt.Sprintf("%s.bootstrapServers[%d]", path, i)
		if !j.doc.Has(at) {
			at = path + ".bootstrapServers"
		}
		j.address(at, address, "kafka-0.kafka:9092")
	}
	j.between(path+".timeout", out.Timeout, leastTimeout, mostTimeout)
	if in.SASL != nil {
		out.SASL = SASL{
			Mechanism: in.SASL.Mechanism,
			Login: j.login(path+".sasl", shape.BasicAuth{
				UsernameFile: in.SASL.UsernameFile, UsernameFromEnv: in.SASL.UsernameFromEnv,
				PasswordFile: in.SASL.PasswordFile, PasswordFromEnv: in.SASL.PasswordFromEnv,
			}),
		}
	}
	if !in.TLS.Enabled && in.TLS != (shape.KafkaTLS{}) {
		j.refuse(path+".tls", "is configured and not enabled: connections would be in plain text", "Add enabled: true, or remove tls.")
	}
	j.pair(path+".tls", in.TLS.CertFile, in.TLS.KeyFile)
	return out
}

func (j *judge) prometheus(path, name string, in shape.Prometheus) Prometheus {
	out := Prometheus{
		Name: name, ServerAddress: strings.TrimSuffix(in.ServerAddress, "/"),
		Timeout: in.Timeout.Duration, Concurrency: in.Concurrency, StaleAfter: in.StaleAfter.Duration,
		BearerToken: j.credential(path+".bearerToken", in.BearerTokenFile, in.BearerTokenFromEnv, false),
		Headers:     j.headers(path, in),
		TLS: TLS{
			CAFile: in.TLS.CAFile, CertFile: in.TLS.CertFile, KeyFile: in.TLS.KeyFile,
			ServerName: in.TLS.ServerName, InsecureSkipVerify: in.TLS.InsecureSkipVerify,
		},
	}
	j.url(path+".serverAddress", in.ServerAddress)
	j.between(path+".timeout", out.Timeout, leastTimeout, mostTimeout)
	j.between(path+".staleAfter", out.StaleAfter, time.Second, time.Hour)
	if in.BasicAuth != nil {
		out.BasicAuth = j.login(path+".basicAuth", *in.BasicAuth)
		if out.BearerToken.Set() {
			j.refuse(path+".basicAuth", "is written beside a bearer token", "Keep one of them.")
		}
	}
	j.pair(path+".tls", in.TLS.CertFile, in.TLS.KeyFile)
	out.TLS.Enabled = isHTTPS(in.ServerAddress)
	if !out.TLS.Enabled && in.TLS != (shape.ClientTLS{}) {
		j.refuse(path+".tls", "is configured while serverAddress is not https: connections would be in plain text", "Write https://… as serverAddress, or remove tls.")
	}
	return out
}

// url never shows what it refuses: it may hold a password.
func (j *judge) url(path, address string) {
	if address == "" {
		return // told as missing
	}
	const example = "Write a URL such as http://prometheus:9090."
	u, err := url.Parse(address)
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "":
		j.refuse(path, "is not the URL of a server", example)
	case u.User != nil:
		j.refuse(path, "holds a user or a password", "Move them into files or variables, named by basicAuth.")
	case u.RawQuery != "" || u.Fragment != "":
		j.refuse(path, "holds a query or a fragment", example+" Parameters belong into customHeaders.")
	}
}

func (j *judge) headers(path string, in shape.Prometheus) map[string]string {
	headers := make(map[string]string, len(in.CustomHeaders)+1)
	for name, value := range in.CustomHeaders {
		at := path + ".customHeaders." + name
		switch {
		case !headerName.MatchString(name):
			j.refuse(at, "is not the name of a header", "Write letters, digits and '-'.")
		case strings.EqualFold(name, "Authorization"):
			j.refuse(at, "would put a secret into this file", "Use bearerTokenFile or basicAuth.")
		case strings.ContainsAny(value, "\r\n\x00"):
			j.refuse(at, "has more than one line", "Write one line.")
		}
		headers[name] = value
	}
	if in.Tenant == nil {
		return headers
	}
	if !headerName.MatchString(in.Tenant.Header) {
		j.refuse(path+".tenant.header", "is not the name of a header", "Write a header such as X-Scope-OrgID.")
	}
	if strings.ContainsAny(in.Tenant.Value, "\r\n\x00") {
		j.refuse(path+".tenant.value", "has more than one line", "Write one line.")
	}
	headers[in.Tenant.Header] = in.Tenant.Value
	return headers
}

func (j *judge) login(path string, in shape.BasicAuth) Login {
	return Login{
		Username: j.credential(path+".username", in.UsernameFile, in.UsernameFromEnv, true),
		Password: j.credential(path+".password", in.PasswordFile, in.PasswordFromEnv, true),
	}
}

// credential wants one of NAMEFile and NAMEFromEnv; path ends in NAME.
func (j *judge) credential(path, file, env string, required bool) Credential {
	name := path[strings.LastIndexByte(path, '.')+1:]
	switch {
	case file != "" && env != "":
		j.refuse(path+"FromEnv", "is written beside "+name+"File", "Keep one of them.")
	case file == "" && env == "" && required:
		j.refuse(path+"File", "is missing", fmt.Sprintf("Write %sFile or %sFromEnv.", name, name))
	case env != "" && !variableName.MatchString(env):
		// Not shown: somebody may have written the secret itself.
		j.refuse(path+"FromEnv", "is not the name of a variable", "Write a name such as KAFKA_PASSWORD, not the value.")
	}
	return Credential{File: file, Env: env}
}
