package intake

import (
	"maps"
	"slices"
	"strings"
)

// longestName is more than any zone's name has bytes.
const longestName = 64

// near returns the zone whose name is spelt nearest to one in small letters, or
// "" where none is near. A city alone is near to its zone.
func (z *zones) near(small string) string {
	if len(small) > longestName {
		return ""
	}
	small = strings.ReplaceAll(small, " ", "_")
	best, least := "", 1+min(2, len(small)/4)
	for name := range lines(ianaNames) {
		candidates := []string{strings.ToLower(name)}
		if slash := strings.LastIndexByte(name, '/'); slash >= 0 && !strings.Contains(small, "/") {
			candidates = append(candidates, candidates[0][slash+1:])
		}
		for _, candidate := range candidates {
			if d := distance(small, candidate, least); d < least {
				best, least = name, d
			}
		}
	}
	if best == "" {
		return z.nearWindows(small)
	}
	return best
}

func (z *zones) nearWindows(small string) string {
	small = strings.ReplaceAll(small, "_", " ")
	best, least := "", 3
	for _, name := range slices.Sorted(maps.Keys(z.windows)) {
		if d := distance(small, name, least); d < least {
			best, least = z.windows[name], d
		}
	}
	return best
}

// distance is the least number of letters to put in, take out or replace to get
// from one name to another; it stops counting at most.
func distance(a, b string, most int) int {
	if d := len(a) - len(b); d >= most || -d >= most {
		return most
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0] // of the row above, one to the left
		row[0] = i + 1
		least := row[0]
		for j := range len(b) {
			replaced := before
			if a[i] != b[j] {
				replaced++
			}
			before = row[j+1]
			row[j+1] = min(replaced, before+1, row[j]+1)
			least = min(least, row[j+1])
		}
		if least >= most {
			return most
		}
	}
	return min(row[len(b)], most)
}
