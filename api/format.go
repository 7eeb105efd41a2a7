package api

import (
	"path"
	"strings"

	"github.com/headstart-scaler/headstart/calendar/intake"
)

// formatOf is the format that is asked for; the first where none is.
func formatOf(text string, possible ...intake.Format) (intake.Format, error) {
	if text == "" {
		return possible[0], nil
	}
	var names []string
	for _, f := range possible {
		if strings.EqualFold(text, string(f)) {
			return f, nil
		}
		names = append(names, string(f))
	}
	return "", invalid("format", text, strings.Join(names[:len(names)-1], ", ")+" or "+names[len(names)-1])
}

func mediaOf(f intake.Format) string {
	switch f {
	case intake.XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case intake.ICS:
		return "text/calendar; charset=utf-8"
	case intake.JSON:
		return "application/json"
	default:
		return "text/csv; charset=utf-8"
	}
}

// correctedName is what a table is called that is given back.
func correctedName(name string, f intake.Format) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if name = strings.TrimSuffix(name, path.Ext(name)); name == "" || name == "/" {
		name = "schedule"
	}
	return name + "-to-correct." + string(f)
}
