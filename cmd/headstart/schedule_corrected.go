package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/headstart-scaler/headstart/calendar/intake"
)

// correctable reports whether the file is a table, which alone can be given back
// with its problems.
func (im *imported) correctable() bool {
	return im.Format == string(intake.CSV) || im.Format == string(intake.XLSX)
}

// apart refuses to write the corrected table over the file it is made of: what
// is lost in it, such as formulas, would be lost for good.
func (u *upload) apart() error {
	out, err := os.Stat(u.corrected)
	if u.corrected == "" || err != nil {
		return nil //nolint:nilerr // it is not there yet, or writing says why not
	}
	if in, err := os.Stat(u.file); err == nil && os.SameFile(in, out) {
		return fmt.Errorf("--corrected %s would overwrite the file itself: name another one", u.corrected)
	}
	return nil
}

// correct writes the file with what is to be repaired in each row, where there
// is something.
func (u *upload) correct(ctx context.Context, im *imported) error {
	if u.corrected == "" || len(im.Errors)+len(im.Warnings) == 0 {
		return nil
	}
	if ending := strings.TrimPrefix(filepath.Ext(u.corrected), "."); im.correctable() && ending != "" && !strings.EqualFold(ending, im.Format) {
		return exitError{2, fmt.Errorf("--corrected %s: the table stays a .%s, as the file is", u.corrected, im.Format)}
	}
	content, err := u.correctedTable(ctx, im)
	if err != nil {
		return fmt.Errorf("--corrected %s: %w", u.corrected, err)
	}
	if err := os.WriteFile(u.corrected, content, 0o600); err != nil {
		return fmt.Errorf("write the corrected table: %w", err)
	}
	im.Corrected = u.corrected
	return nil
}

func (u *upload) correctedTable(ctx context.Context, im *imported) ([]byte, error) {
	if im.Offline {
		content, err := intake.Corrected(u.data, u.parsed())
		if err != nil {
			return nil, fmt.Errorf("nothing was written: %w", err)
		}
		return content, nil
	}
	query := u.with("filename", u.name())
	for _, name := range []string{"mode", "replace_from", "replace_to"} {
		query.Del(name)
	}
	c := u.call(query, "")
	c.path += "/corrected"
	r, err := u.send(ctx, c)
	return r.body, err
}

// nextStep says what to do about errors of the file.
func (im *imported) nextStep() string {
	switch {
	case im.Corrected != "":
		return im.Corrected + " is the file with a column that says what to repair in each row: mend it there, and import it."
	case im.correctable() && len(im.Errors) > 0:
		return "To have the file with a column that says what to repair in each row: --corrected OUT." + im.Format
	default:
		return ""
	}
}

// notCorrected adds to what went wrong with the corrected table the report that
// is wanted all the same.
func notCorrected(shown, wrong error) error {
	if e, ok := errors.AsType[exitError](shown); ok && e.err == nil {
		return wrong // errors of the file are no other exit code than this
	}
	return errors.Join(shown, wrong)
}
