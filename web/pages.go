package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/decision"
)

//go:embed templates/*.html assets/*
var files embed.FS

// stylePath is where the files that pages load are served.
const stylePath = "/assets/"

// pages renders HTML and serves what it loads.
type pages struct {
	templates map[string]*template.Template
	assets    map[string]asset // by the name in the address
	style     string           // address of the style sheet
	icon      string
}

// asset is an embedded file. Its address carries the hash of its content, so
// that browsers may keep it for good.
type asset struct {
	media string
	body  []byte
}

// newPages panics when an embedded file does not parse: a test finds that.
func newPages() *pages {
	p := &pages{templates: make(map[string]*template.Template), assets: make(map[string]asset)}
	for _, name := range []string{"index", "workload", "choices", "problem"} {
		p.templates[name] = template.Must(template.New("layout.html").Funcs(template.FuncMap{
			"instant": instant, "datetime": datetime, "replicas": replicas,
		}).ParseFS(files, "templates/layout.html", "templates/"+name+".html"))
	}
	p.style = p.add("style.css", "text/css; charset=utf-8")
	p.icon = p.add("icon.svg", "image/svg+xml")
	return p
}

func (p *pages) add(name, media string) (address string) {
	body, err := files.ReadFile("assets/" + name)
	if err != nil {
		panic(fmt.Sprintf("web: embedded file %s: %v", name, err))
	}
	sum := sha256.Sum256(body)
	hashed := hex.EncodeToString(sum[:6]) + "-" + name
	p.assets[hashed] = asset{media, body}
	return stylePath + hashed
}

func (p *pages) asset(w http.ResponseWriter, r *http.Request) error {
	a, found := p.assets[r.PathValue("file")]
	if !found {
		return newProblem(http.StatusNotFound, "no-page", "Nothing here", "There is no such file; it may be of another version.", "Reload the page.")
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	write(w, http.StatusOK, a.media, a.body)
	return nil
}

// frame is what every page shows around its own content.
type frame struct {
	Title       string
	Style, Icon string
	Version     string
	// Refresh is the address to load again every few seconds; empty for a
	// page that stays.
	Refresh string
	Banners []string
	Content any
}

func (s *Server) render(w http.ResponseWriter, status int, name string, f frame) error {
	f.Style, f.Icon, f.Version = s.pages.style, s.pages.icon, s.options.Version
	var body bytes.Buffer
	if err := s.pages.templates[name].Execute(&body, f); err != nil {
		return fmt.Errorf("render page %s: %w", name, err)
	}
	write(w, status, mediaHTML+"; charset=utf-8", body.Bytes())
	return nil
}

// problemAsPage shows a problem to a person.
func (s *Server) problemAsPage(w http.ResponseWriter, _ *http.Request, p *problem) {
	name := "problem"
	if len(p.Choices) > 0 {
		name = "choices"
	}
	if err := s.render(w, p.Status, name, frame{Title: p.Title, Content: p}); err != nil {
		s.options.Log.Error("page of a problem could not be rendered", "error", err.Error())
		s.problemAsJSON(w, nil, p)
	}
}

// banners say what is wrong with Headstart itself, as opposed to a workload.
func (s *Server) banners(at time.Time) []string {
	var lines []string
	if age := s.options.Now().Sub(at); age > s.options.MaxAge {
		lines = append(lines, fmt.Sprintf("Ticks have stopped: the last decision is %s old, and KEDA is told errors since it was %s old. It holds its replicas. See this replica's log.",
			span(age), span(s.options.MaxAge)))
	}
	c := s.options.Configuration()
	switch {
	case c.Hash == "":
		lines = append(lines, "No valid configuration yet. "+c.Error)
	case c.Error != "":
		lines = append(lines, "The configuration on disk is refused, the last good one stays in force. "+c.Error)
	}
	if c.ReactiveOnly {
		lines = append(lines, "The kill switch is thrown: every workload gets what it needs now, and no forecast moves a replica. It is reactiveOnly of the Server document.")
	}
	if len(c.NeedsRestart) > 0 {
		lines = append(lines, "Changes of the configuration wait for a restart: "+strings.Join(c.NeedsRestart, ", ")+".")
	}
	return append(lines, c.Troubles...)
}

// instant writes a time for people, in UTC to the second.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// datetime writes a time for the datetime attribute.
func datetime(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func replicas(n decision.Replicas) string { return quantity(int(n), "replica", "replicas") }
