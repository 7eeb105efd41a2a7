package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// oneOf is a flag that takes one of a few words.
type oneOf struct {
	value *string
	words []string
}

func (o oneOf) String() string {
	if o.value == nil {
		return ""
	}
	return *o.value
}

func (o oneOf) Set(s string) error {
	if !slices.Contains(o.words, s) {
		return fmt.Errorf("%q is not one of %s", s, strings.Join(o.words, ", "))
	}
	*o.value = s
	return nil
}

func (o oneOf) Type() string { return strings.Join(o.words, "|") }

// wordFlag defines a flag that takes one of the words, the first by default.
// The name may be followed by a comma and a letter.
func wordFlag(cmd *cobra.Command, value *string, name, usage string, words ...string) {
	*value = words[0]
	name, short, _ := strings.Cut(name, ",")
	cmd.Flags().VarP(oneOf{value, words}, name, short, usage)
	// The flag was just defined, and only an unknown one fails.
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

func outputFlag(cmd *cobra.Command, value *string) {
	wordFlag(cmd, value, "output,o", "form of the output", "text", "json")
}

// noArgs refuses arguments as a wrong call.
func noArgs(cmd *cobra.Command, args []string) error { return usage(cobra.NoArgs(cmd, args)) }

func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error { return usage(cobra.ExactArgs(n)(cmd, args)) }
}

func usage(err error) error {
	if err == nil {
		return nil
	}
	return exitError{2, err}
}
