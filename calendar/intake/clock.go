package intake

import (
	"strconv"
	"strings"
	"time"
)

// parseClock reads 20:30, 20:30:15, 20h30 and 20h; 24:00 is the end of a day.
func parseClock(word string) (time.Duration, bool) {
	separator := ":"
	if !strings.Contains(word, ":") {
		separator = "h"
		if strings.Count(word, "h") != 1 {
			return 0, false
		}
		word = strings.TrimSuffix(word, "h")
		if !strings.Contains(word, "h") {
			word += "h00"
		}
	}
	return clockOf(strings.Split(word, separator))
}

// parseDotted reads 20.30, which is a time where a time is expected alone.
func parseDotted(word string) (time.Duration, bool) {
	parts := strings.Split(word, ".")
	if len(parts) < 2 || len(parts[1]) != 2 {
		return 0, false
	}
	return clockOf(parts)
}

func clockOf(parts []string) (time.Duration, bool) {
	if len(parts) < 2 || len(parts) > 3 {
		return 0, false
	}
	var n [3]int
	for i, part := range parts {
		if part == "" || len(part) > 2 || i > 0 && len(part) != 2 {
			return 0, false
		}
		v, err := strconv.Atoi(part)
		if err != nil || v < 0 {
			return 0, false
		}
		n[i] = v
	}
	clock := time.Duration(n[0])*time.Hour + time.Duration(n[1])*time.Minute + time.Duration(n[2])*time.Second
	return clock, n[1] < 60 && n[2] < 60 && clock <= 24*time.Hour
}

// ordinal reads a day or a year alone: 29, 29., 29th, 1er.
func ordinal(word string) (int, bool) {
	for _, end := range []string{"st", "nd", "rd", "th", "er", ".", "º"} {
		word = strings.TrimSuffix(word, end)
	}
	if len(word) == 0 || len(word) > 4 {
		return 0, false
	}
	n, err := strconv.Atoi(word)
	return n, err == nil && n >= 0
}

// filler reports whether a word in a date says nothing.
func filler(word string) bool {
	switch word {
	case "", "at", "of", "um", "uhr", "le", "à", "h", "de", "del", "a", "las", "alle", "ore", "às", "-", "–":
		return true
	default:
		return false
	}
}

// monthOf reads the name of a month, or three letters and more of it, in
// English, German, French, Spanish, Italian or Portuguese; 0 where it is none.
func monthOf(word string) time.Month {
	if len(word) < 3 {
		return 0
	}
	for month, names := range [...]string{
		"january januar jänner janvier enero gennaio janeiro",
		"february februar février fevrier fév febrero febbraio fevereiro",
		"march märz maerz mrz mars marzo março",
		"april avril avr abril aprile",
		"may mai mayo maggio maio",
		"june juni juin junio giugno junho",
		"july juli juillet juil julio luglio julho",
		"august août aout agosto",
		"september septembre septiembre settembre setembro sept",
		"october oktober octobre octubre ottobre outubro",
		"november novembre noviembre novembro",
		"december dezember décembre diciembre dicembre dezembro déc",
	} {
		for name := range strings.FieldsSeq(names) {
			if strings.HasPrefix(name, word) && word != "jui" {
				return time.Month(month + 1)
			}
		}
	}
	return 0
}

// weekday reports whether a word is a day of the week, which a date has besides
// what says it.
func weekday(word string) bool {
	if len(word) < 2 {
		return false
	}
	for name := range strings.FieldsSeq("monday tuesday wednesday thursday friday saturday sunday " +
		"montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag " +
		"lundi mardi mercredi jeudi vendredi samedi dimanche " +
		"lunes martes miércoles jueves viernes sábado domingo " +
		"lunedì martedì mercoledì giovedì venerdì sabato domenica " +
		"segunda-feira terça-feira quarta-feira quinta-feira sexta-feira") {
		if strings.HasPrefix(name, word) {
			return true
		}
	}
	return false
}
