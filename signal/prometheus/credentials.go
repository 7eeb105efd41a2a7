package prometheus

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// watched is a file and what it held when last read. A rotated Kubernetes
// secret changes the file behind the symbolic link, which os.Stat follows.
type watched struct {
	path    string
	info    os.FileInfo
	content []byte
}

// refresh reads the file again if it is another one, or was written, since.
func (w *watched) refresh() (changed bool, err error) {
	info, err := os.Stat(w.path)
	if err != nil {
		return false, err //nolint:wrapcheck // names operation and path itself
	}
	if w.info != nil && os.SameFile(w.info, info) && info.ModTime().Equal(w.info.ModTime()) && info.Size() == w.info.Size() {
		return false, nil
	}
	content, err := os.ReadFile(w.path)
	if err != nil {
		return false, err //nolint:wrapcheck // names operation and path itself
	}
	w.info, w.content = info, content
	return true, nil
}

// wallet holds the files a configuration names.
type wallet struct {
	auth  Auth
	tls   TLS
	paths []string // in order, so that an error reads the same each time
	files map[string]*watched
}

func newWallet(auth Auth, t TLS) *wallet {
	w := &wallet{auth: auth, tls: t, files: map[string]*watched{}}
	for _, path := range []string{
		auth.Bearer.File, auth.Username.File, auth.Password.File, t.CAFile, t.CertFile, t.KeyFile,
	} {
		if path != "" && w.files[path] == nil {
			w.paths = append(w.paths, path)
			w.files[path] = &watched{path: path}
		}
	}
	return w
}

// refresh looks at every file and says whether any was read again. One that
// cannot be read does not keep the others from it.
func (w *wallet) refresh() (changed bool, err error) {
	var failures []error
	for _, path := range w.paths {
		again, err := w.files[path].refresh()
		changed = changed || again
		if err != nil {
			failures = append(failures, err)
		}
	}
	return changed, errors.Join(failures...)
}

func (w *wallet) secret(s Secret) string {
	if s.File != "" {
		return strings.TrimRight(string(w.files[s.File].content), " \t\r\n")
	}
	return s.Value
}

// authorization is the header that proves who we are; empty for nobody.
func (w *wallet) authorization() (string, error) {
	header := ""
	switch {
	case w.auth.Bearer.set():
		token := w.secret(w.auth.Bearer)
		if token == "" {
			return "", fmt.Errorf("the bearer token in %s is empty", w.auth.Bearer.File)
		}
		header = "Bearer " + token
	case w.auth.Username.set():
		user := w.secret(w.auth.Username)
		if strings.Contains(user, ":") {
			return "", errors.New("the user name holds a colon, which basic authentication cannot send")
		}
		header = "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+w.secret(w.auth.Password)))
	}
	if !httpguts.ValidHeaderFieldValue(header) {
		return "", errors.New("the bearer token holds a line break or a control character")
	}
	return header, nil
}

func (w *wallet) tlsConfig() (*tls.Config, error) {
	c := &tls.Config{
		MinVersion: tls.VersionTLS12,
		ServerName: w.tls.ServerName,
		//nolint:gosec // an operator's explicit choice, off by default
		InsecureSkipVerify: w.tls.InsecureSkipVerify,
	}
	if w.tls.CAFile != "" {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(w.files[w.tls.CAFile].content) {
			return nil, fmt.Errorf("%s holds no PEM certificate", w.tls.CAFile)
		}
	}
	if w.tls.CertFile != "" {
		pair, err := tls.X509KeyPair(w.files[w.tls.CertFile].content, w.files[w.tls.KeyFile].content)
		if err != nil {
			return nil, fmt.Errorf("client certificate %s with key %s: %w", w.tls.CertFile, w.tls.KeyFile, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
