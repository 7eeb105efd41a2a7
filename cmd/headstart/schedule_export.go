package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// download is a file that the server makes.
type download struct {
	client
	format, file, version string
}

func newScheduleExport() *cobra.Command {
	var d download
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the schedule as a file",
		Long: `Export writes a version of the schedule as a file that import reads back as the
same schedule. Without -o it goes to standard output.`,
		Example: `  headstart schedule export -o schedule.xlsx
  headstart schedule export --version 7 --format csv`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if d.version != "" {
				if _, err := versionArgument(d.version); err != nil {
					return err
				}
			}
			return d.run(cmd.Context(), cmd.OutOrStdout(), cmd.Flags().Changed("format"))
		},
	}
	wordFlag(cmd, &d.format, "format", "form of the file; what the name of -o ends in, where it says", "csv", "xlsx", "ics", "json")
	cmd.Flags().StringVar(&d.version, "version", "", "which version; the one in force by default")
	cmd.Flags().StringVarP(&d.file, "output", "o", "", "file to write; standard output by default")
	d.flags(cmd, longPatience)
	return cmd
}

func newScheduleTemplate() *cobra.Command {
	var d download
	cmd := &cobra.Command{
		Use:     "template",
		Short:   "Write an empty schedule with examples, to fill in",
		Long:    `Template writes a table with the columns of a schedule and a few examples. It needs no server.`,
		Example: `  headstart schedule template -o events.xlsx`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return d.template(cmd.OutOrStdout(), cmd.Flags().Changed("format"))
		},
	}
	wordFlag(cmd, &d.format, "format", "form of the file; what the name of -o ends in, where it says", "csv", "xlsx")
	cmd.Flags().StringVarP(&d.file, "output", "o", "", "file to write; standard output by default")
	return cmd
}

func (d *download) run(ctx context.Context, out io.Writer, said bool) error {
	if err := d.settle(out, said, "csv", "xlsx", "ics", "json"); err != nil {
		return err
	}
	query := url.Values{"format": {d.format}}
	if d.version != "" {
		query.Set("version", d.version)
	}
	r, err := d.send(ctx, call{method: http.MethodGet, path: "schedule/export", query: query})
	if err != nil {
		return err
	}
	return d.write(out, r.body)
}

// settle takes the form from the file's name where nothing was said, and
// refuses a name that ends in another, and to show a workbook.
func (d *download) settle(out io.Writer, said bool, known ...string) error {
	ending := strings.TrimPrefix(filepath.Ext(d.file), ".")
	if form := strings.ToLower(ending); !said && form != "" {
		if !slices.Contains(known, form) {
			return exitError{2, fmt.Errorf("-o %s: .%s is no form that is written; known: %s; say --format where the name is meant", d.file, ending, strings.Join(known, ", "))}
		}
		d.format = form
	}
	if d.file == "" && d.format == "xlsx" && columns(out) != nil {
		return exitError{2, errors.New("a workbook cannot be shown on a terminal: write it to a file with -o FILE.xlsx")}
	}
	return nil
}

// write puts the file where it belongs. A terminal is shown no more than text.
func (d *download) write(out io.Writer, data []byte) error {
	if d.file != "" {
		if err := os.WriteFile(d.file, data, 0o600); err != nil {
			return fmt.Errorf("write the schedule: %w", err)
		}
		return nil
	}
	if columns(out) != nil {
		_, err := io.WriteString(out, printableLines(strings.ReplaceAll(string(data), "\r\n", "\n")))
		return err
	}
	_, err := out.Write(data)
	return err
}
