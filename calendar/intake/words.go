package intake

import (
	_ "embed"
	"strings"
)

//go:embed words.tsv
var wordsTable string

// wordKey is a word, as key has it, and what kind of word it is.
type wordKey struct{ kind, word string }

// words are what words mean: headers, statuses, yes and no, simple rules.
type words map[wordKey]string

func newWords() words {
	w := words{}
	for line := range lines(wordsTable) {
		kind, rest, _ := strings.Cut(line, "\t")
		means, list, _ := strings.Cut(rest, "\t")
		for word := range strings.SplitSeq(list, "|") {
			w[wordKey{kind, key(word)}] = means
		}
	}
	return w
}

// truth reads yes and no, and reports whether it is either. Nothing is no.
func (b *builder) truth(text string) (yes, ok bool) {
	means, ok := b.words[wordKey{"truth", key(text)}]
	return means == "true", ok || text == ""
}

// ruleOf takes the words that people write for the simplest rules.
func (b *builder) ruleOf(text string) string {
	if rule, ok := b.words[wordKey{"rule", key(text)}]; ok {
		return rule
	}
	return text
}
