package main

import "testing"

// The same change has the same key, and another one another.
func TestAKeyNamesItsChange(t *testing.T) {
	var p person
	key := p.keyFor("import", "ab", "c")
	if again := p.keyFor("import", "ab", "c"); again != key {
		t.Errorf("the same change has the keys %s and %s", key, again)
	}
	for _, other := range [][]string{{"import", "a", "bc"}, {"import", "ab", "d"}, {"import", "abc"}, {"import", "ab", "c", ""}, {"rollback", "ab", "c"}} {
		if p.keyFor(other...) == key {
			t.Errorf("%q has the key of another change", other)
		}
	}
	if first, second := p.once(), p.once(); first == second {
		t.Error("two orders have one key")
	}
	p.key = "mine"
	if p.keyFor("import") != "mine" || p.once() != "mine" {
		t.Error("the key that was said is not taken")
	}
}
