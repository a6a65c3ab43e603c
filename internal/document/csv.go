package document

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// CSV gives a text for each row: its fields as "name: value" lines, or one column
// alone. The first row has the names.
func CSV(text, separator, column string) ([]string, error) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	if sep := []rune(separator); len(sep) == 1 {
		r.Comma = sep[0]
	} else if len(sep) > 1 {
		return nil, unreadable("CSV", "the separator must be one character, not %q", separator)
	}
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	names, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable("CSV", "%s", err)
	}
	at := -1
	for i, name := range names {
		if name == column {
			at = i
		}
	}
	if column != "" && at < 0 {
		return nil, unreadable("CSV", "it has no column %q; its columns are %s", column, strings.Join(names, ", "))
	}
	var out []string
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, unreadable("CSV", "%s", err)
		}
		out = append(out, rowText(names, row, at))
	}
}

func rowText(names, row []string, column int) string {
	if column >= 0 {
		if column < len(row) {
			return row[column]
		}
		return ""
	}
	lines := make([]string, 0, len(row))
	for i, name := range names {
		v := ""
		if i < len(row) {
			v = row[i]
		}
		lines = append(lines, strings.TrimSpace(name)+": "+strings.TrimSpace(v))
	}
	return strings.Join(lines, "\n")
}

// unreadable is the fault of a file that is not what it says it is.
func unreadable(kind, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, fault.CodeNodeError, "The file is not read as "+kind+": "+format+".", args...)
}
