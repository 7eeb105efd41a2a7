package html

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/replay"
)

var began = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// played is a day in which an event brings four times as much, with a gap.
func played(t *testing.T, title string) *replay.Report {
	t.Helper()
	values := make([]float64, 24*60)
	for i := range values {
		values[i] = 10 + 4*math.Sin(float64(i)/90)
		if i >= 1200 && i < 1260 {
			values[i] = 44
		}
		if i >= 700 && i < 720 {
			values[i] = math.NaN()
		}
	}
	at := calendar.WallOf(began.Add(1200 * time.Minute))
	schedule, err := calendar.NewSchedule([]*calendar.Event{{
		ID: "final", Title: title, Window: calendar.Window{Start: at, End: at.Add(time.Hour), Zone: time.UTC},
		Impact: calendar.Impact{Multiplier: 4}, Confidence: 1, Status: calendar.Confirmed,
	}})
	if err != nil {
		t.Fatal(err)
	}
	scene, err := replay.NewScene(&replay.Trace{Start: began, Step: time.Minute, Values: values}, replay.SceneOptions{Capacity: 1, Schedule: schedule})
	if err != nil {
		t.Fatal(err)
	}
	all := []replay.Contender{replay.Headstart(replay.HeadstartOptions{})}
	for _, name := range []string{replay.HPA, replay.Oracle, replay.Clairvoyant} {
		c, err := replay.ParseContender(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	all = append(append(all, replay.Tuned(replay.HPA)...), replay.Tuned(replay.HPACron)...)
	p := &replay.Play{Scene: scene, Cluster: replay.DefaultCluster(), Price: 100}
	r, err := p.Run(all, func(name string) bool { return !strings.Contains(name, "@") && name != replay.Clairvoyant })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func written(t *testing.T, r *replay.Report) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, r, Options{Trace: "requests.csv", Lines: []string{"a day <of> traffic"}}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReport(t *testing.T) {
	text := written(t, played(t, "Final <script>alert(1)</script>"))
	for _, want := range []string{
		"<title>Headstart replay: requests.csv</title>", "a day &lt;of&gt; traffic",
		"Headstart left ", "Of 10 settings of peers, ", `id="frontier"`, "hpa&#43;cron@50%", "hpa at 80 %",
		`id="event-1"`, `id="short-1"`, "Final &lt;script&gt;", "prefers-color-scheme: dark", "<td>none</td>", "demand without a replica",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q", want)
		}
	}
	for _, never := range []string{"<script", "http:", "https:", "url(", "@import", "NaN", "Inf", "ZgotmplZ", "-0<"} {
		if strings.Contains(text, never) {
			t.Errorf("there is %q", never)
		}
	}
	if again := written(t, played(t, "Final <script>alert(1)</script>")); again != text {
		t.Error("the same play is drawn otherwise")
	}
}

// Each figure has a drawing for a wide page and one for a narrow one, both named
// for those who cannot see them, and a table.
func TestEachFigureHasItsTable(t *testing.T) {
	text := written(t, played(t, "Final"))
	figures := regexp.MustCompile(`(?s)<figure.*?</figure>`).FindAllString(text, -1)
	if len(figures) < 4 {
		t.Fatalf("%d figures", len(figures))
	}
	for _, f := range figures {
		drawings := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(f, -1)
		rows := strings.Count(f, `<th scope="row">`)
		if len(drawings) != 2 || strings.Count(f, "aria-label=") != 3 || rows < 1 {
			t.Errorf("%d drawings, %d rows in %.80s", len(drawings), rows, f)
		}
		for _, d := range drawings {
			if err := wellFormed(d); err != nil {
				t.Errorf("%v in %.200s", err, d)
			}
		}
	}
}

func wellFormed(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestVerdictSaysTheBadToo(t *testing.T) {
	r := played(t, "Final")
	for i := range r.Rows[1:] {
		row := &r.Rows[i+1]
		if row.Autoscaler == "hpa@70%" {
			row.UnderProvisioned, row.NodeRatio, row.Total = new(0.0), new(0.9), r.Rows[0].Total/2
		}
	}
	s, err := newSubject(r)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(s.verdict(), " ")
	if !strings.Contains(text, ", 1 missed as little for as little.") || !strings.Contains(text, "100 % more than hpa@70%, the peer that is best here") {
		t.Error(text)
	}
}

func TestNothingToDraw(t *testing.T) {
	r := played(t, "Final")
	r.Runs = nil
	for _, broken := range []*replay.Report{{}, r} {
		if err := Write(io.Discard, broken, Options{}); err == nil {
			t.Error("it was drawn")
		}
	}
}

// However few pixels there are, the highest and the lowest are drawn.
func TestColumnsKeepPeaks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(0, 100), rapid.Just(math.NaN())), 1, 300).Draw(t, "values")
		width := rapid.Float64Range(1, 50).Draw(t, "width")
		all := columns(0, len(values), scale{from: 0, to: float64(len(values)), low: 10, high: 10 + width}, func(i int) float64 { return values[i] })
		high, low := math.Inf(-1), math.Inf(1)
		end := 10.0
		for _, c := range all {
			if c.known {
				high, low = max(high, c.high), min(low, c.low)
			}
			if math.Abs(c.x-end) > 1e-6 {
				t.Fatalf("a column begins at %g, and the one before it ends at %g", c.x, end)
			}
			end = c.x + c.width
		}
		known := slices.DeleteFunc(slices.Clone(values), math.IsNaN)
		if len(known) > 0 && (high != slices.Max(known) || low != slices.Min(known)) {
			t.Fatalf("from %g to %g of %v", low, high, known)
		}
		if len(all) > int(math.Ceil(width)) {
			t.Fatalf("%d columns in %g pixels", len(all), width)
		}
	})
}

func TestStrokeAndFill(t *testing.T) {
	values := []float64{1, 1, 3, math.NaN(), 2}
	x, y := scale{from: 0, to: 5, low: 0, high: 50}, scale{from: 0, to: 10, low: 100, high: 0}
	all := columns(0, 5, x, func(i int) float64 { return values[i] })
	if got, want := stroke(all, y), "M0 90H10H20V70H30M40 80H50"; got != want {
		t.Errorf("line %s, want %s", got, want)
	}
	if got, want := fill(all, y, ground, most), "M0 100V90H20V70H30V100ZM40 100V80H50V100Z"; got != want {
		t.Errorf("area %s, want %s", got, want)
	}
	narrow := columns(0, 3, scale{from: 0, to: 3, low: 0, high: 1}, func(i int) float64 { return []float64{5, 9, 1}[i] })
	if got, want := stroke(narrow, y), "M0 50V10V90H1"; got != want {
		t.Errorf("line in one pixel %s, want %s", got, want)
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		s     scale
		about int
		want  string
	}{
		{scale{from: 0, to: 43}, 4, "[0 20 40]"},
		{scale{from: 0, to: 1.08}, 4, "[0 0.5 1]"},
		{scale{from: 0.9, to: 3.1}, 5, "[1 1.5 2 2.5 3]"},
		{scale{from: 0.001, to: 10, log: true}, 5, "[0.001 0.01 0.1 1 10]"},
		{scale{from: 0.9, to: 11, log: true}, 5, "[1 2 5 10]"},
		{scale{from: 1, to: 1}, 5, "[]"},
	} {
		var got []string
		for _, v := range c.s.ticks(c.about) {
			got = append(got, plain(v))
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%+v: %v, want %s", c.s, got, c.want)
		}
	}
	if got := plain(math.Copysign(0, -1)); got != "0" {
		t.Error(got)
	}
	var clocks []string
	for _, k := range clockTicks(began.Add(20*time.Hour), began.Add(30*time.Hour), 6) {
		clocks = append(clocks, k.text)
	}
	if got := fmt.Sprint(clocks); got != "[20:00 22:00 23 Nov 02:00 04:00]" {
		t.Error(got)
	}
}

func TestEventsThatBeginTogetherAreOne(t *testing.T) {
	r := played(t, "Final")
	first := r.Play.Scene.Events[0]
	for _, minutes := range []int{10, 29, 31} {
		later := first
		later.Start = first.Start.Add(time.Duration(minutes) * time.Minute)
		later.End = first.End.Add(time.Duration(minutes) * time.Minute)
		r.Play.Scene.Events = append(r.Play.Scene.Events, later)
	}
	s, err := newSubject(r)
	if err != nil {
		t.Fatal(err)
	}
	all, more := s.events()
	if len(all) != 2 || all[0].Title != "Final and 2 others" || all[1].Title != "Final" || more != "" {
		t.Errorf("%d figures, %q, %q", len(all), all[0].Title, more)
	}
	if !strings.Contains(all[0].Caption, "From Sun 22 Nov 20:00 to 21:29 UTC; demand up to 44.0 replicas; without a replica: headstart ") {
		t.Error(all[0].Caption)
	}
}

// The worst come first, and what is interrupted for a moment is one.
func TestShortfalls(t *testing.T) {
	values := make([]float64, 400)
	for _, minute := range []int{50, 51, 60, 200, 201, 202, 203} {
		values[minute] = 3
	}
	scene, err := replay.NewScene(&replay.Trace{Start: began, Step: time.Minute, Values: values}, replay.SceneOptions{Capacity: 1, LeadIn: -1})
	if err != nil {
		t.Fatal(err)
	}
	p := &replay.Play{Scene: scene}
	found := shortfalls(p, &replay.Run{Steps: make([]replay.Moment, len(scene.Demand))})
	var got []string
	for _, e := range found {
		got = append(got, fmt.Sprintf("%d to %d: %.2f", e.from/4, e.to/4, e.missed))
	}
	if text := strings.Join(got, ", "); text != "200 to 204: 0.20, 50 to 61: 0.15" {
		t.Error(text)
	}
}

func TestNamesOfCurvesStayInside(t *testing.T) {
	f := frontier{
		points: []point{{replay.HeadstartName, 0.1, 1}},
		curves: []curve{{"hpa+cron", "peer1", []point{{"hpa+cron@50%", 0.2, 1.9}, {"hpa+cron@90%", 0.1, 2}}}, {"hpa", "peer2", []point{{"hpa@50%", 3, 1.1}}}},
	}
	svg := f.svg(360, 300, "narrow")
	for name, anchor := range map[string]string{"hpa+cron": "end", "hpa": "start"} {
		if !regexp.MustCompile(`text-anchor="` + anchor + `"[^>]*>` + regexp.QuoteMeta(name) + `<`).MatchString(svg) {
			t.Errorf("%s is not named by a text that has its %s at the point", name, anchor)
		}
	}
}
