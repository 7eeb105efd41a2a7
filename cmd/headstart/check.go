package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/workload"
)

func newCheck() *cobra.Command {
	var (
		strict bool
		output string
	)
	cmd := &cobra.Command{
		Use:   "check FILE…",
		Short: "Check configurations, policies, schedules and ScaledObjects",
		Long: `Check reads files and folders with Server, Policy and EventClass documents and
KEDA ScaledObjects, in any mixture, and says what is wrong, where, and how to mend
it. ScaledObjects are linted against the policies among the files: what would keep
the HPA from following the plan, or turn it into another number. Files with events
(csv, xlsx, ics, zip, json) are read as a Server names them, or by themselves.

It exits with 0 when all is fine, 1 on errors, 3 with --strict on warnings.`,
		Example: `  headstart check server.yaml policies/ k8s/scaledobjects/
  headstart check --strict deploy/examples`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return exitError{2, errors.New("check needs files or folders to read")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			report := config.Check(args)
			ids := map[string]string{}
			for _, file := range report.Schedules {
				report.Add(scheduleProblems(file, report.Classes, ids)...)
			}
			var err error
			if output == "json" {
				err = json.NewEncoder(cmd.OutOrStdout()).Encode(asFindings(report))
			} else {
				_, err = report.WriteTo(cmd.OutOrStdout())
			}
			if err != nil {
				return fmt.Errorf("write the report: %w", err)
			}
			if code := report.ExitCode(strict); code != 0 {
				return exitError{code: code}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with 3 on warnings")
	outputFlag(cmd, &output)
	return cmd
}

// scheduleProblems is what is wrong with a file of events. ids has the file of
// each event that was read before.
func scheduleProblems(file config.ScheduleText, classes calendar.Classes, ids map[string]string) []config.Problem {
	read := readSchedule(file, classes, time.Now())
	var problems []config.Problem
	for _, e := range read.Events {
		if before, twice := ids[e.ID]; twice {
			problems = append(problems, config.Problem{
				Severity: workload.Error, Code: string(intake.DuplicateID), File: file.Path, Path: "id",
				Message: fmt.Sprintf("event %q is in %s too", e.ID, before), Fix: "Give one of them another id.",
			})
		}
		ids[e.ID] = file.Path
	}
	add := func(severity workload.Severity, found []intake.Problem) {
		for _, p := range found {
			message := p.Found
			if p.Expected != "" {
				message = fmt.Sprintf("expected %s, found %s", p.Expected, cmp.Or(p.Found, "nothing"))
			}
			problems = append(problems, config.Problem{
				Severity: severity, Code: string(p.Code), File: file.Path, Line: p.Row, Column: min(p.Row, 1), Path: p.Column, Message: message, Fix: p.Fix,
			})
		}
	}
	add(workload.Error, read.Errors)
	add(workload.Warning, read.Warnings)
	return problems
}

// finding is a problem as programs read it.
type finding struct {
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Field    string `json:"field,omitempty"`
	Message  string `json:"message"`
	Fix      string `json:"fix,omitempty"`
}

func asFindings(r config.Report) map[string]any {
	findings := make([]finding, 0, len(r.Problems))
	for _, p := range r.Problems {
		findings = append(findings, finding{
			File: p.File, Line: p.Line, Column: p.Column, Severity: string(p.Severity),
			Code: p.Code, Field: p.Path, Message: p.Message, Fix: p.Fix,
		})
	}
	count, warnings := r.Count()
	return map[string]any{"findings": findings, "notes": r.Notes, "errors": count, "warnings": warnings}
}
