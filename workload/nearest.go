package workload

import "strings"

// Nearest returns the word of known that word was most likely meant to be, and
// "" when none is near: one that differs in case only, or within one edit per
// three letters. The first of equals wins.
func Nearest(word string, known []string) string {
	const longest = 64 // nobody misspells a longer word of ours
	if len(word) > longest {
		return ""
	}
	lower := strings.ToLower(word)
	best, bound := "", max(1, len(lower)/3)+1
	for _, k := range known {
		if d := editDistance(lower, strings.ToLower(k)); d < bound {
			best, bound = k, d
		}
	}
	return best
}

// editDistance is the optimal string alignment distance: insertions,
// deletions, substitutions, and swaps of neighbours, each counting one.
func editDistance(a, b string) int {
	before, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			substitution := prev[j-1]
			if a[i-1] != b[j-1] {
				substitution++
			}
			row[j] = min(prev[j]+1, row[j-1]+1, substitution)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(b)]
}
