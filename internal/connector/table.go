package connector

import (
	"slices"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// table is {"$table": way, …}: spreadsheets' rows as records and back.
type table struct {
	way  string
	args map[string]part
}

// tableArgs are the members of each way.
var tableArgs = map[string][]string{
	"records":    {"rows", "header", "first", "detect", "until", "numbers", "short", "filters", "all", "any"},
	"rows":       {"records", "columns", "paths"},
	"newColumns": {"records", "columns"},
	"match":      {"records", "rows", "columns", "key", "first", "sheet", "from"},
}

// rowNumber is the member of records that says where they stand.
const rowNumber = "row_number"

func makeTable(a *operands) part {
	t := &table{way: a.text("$table"), args: map[string]part{}}
	names, ok := tableArgs[t.way]
	if !ok && a.err == nil {
		a.err = node.Errorf("$table has no way %q", t.way)
	}
	for _, name := range names {
		if p := a.part(name); p != nil {
			t.args[name] = p
		}
	}
	return t
}

func (t *table) visit(f func(part)) {
	f(t)
	for _, p := range t.args {
		p.visit(f)
	}
}

func (t *table) eval(s *scope) (any, bool, error) {
	args := map[string]any{}
	for name, p := range t.args {
		v, ok, err := p.eval(s)
		if err != nil {
			return nil, false, err
		}
		if ok {
			args[name] = v
		}
	}
	var out any
	var err error
	switch t.way {
	case "records":
		out, err = recordsOf(args)
	case "rows":
		out = rowsOf(args)
	case "newColumns":
		out = newColumns(args)
	case "match":
		out, err = matched(args)
	}
	return out, err == nil, err
}

func numberOr(v any, def int) int {
	if v == nil || v == "" {
		return def
	}
	return int(node.ToNumber(v))
}

// line is a row with its number in the sheet, from 1.
type line struct {
	cells  []any
	number int
}

func (l line) empty() bool {
	return !slices.ContainsFunc(l.cells, func(c any) bool { return c != nil && c != "" })
}

func (l line) cell(i int) any {
	if i < len(l.cells) && l.cells[i] != nil {
		return l.cells[i]
	}
	return ""
}

func linesOf(rows any) []line {
	list := elements(rows)
	out := make([]line, len(list))
	for i, r := range list {
		cells, _ := r.([]any)
		out[i] = line{cells, i + 1}
	}
	return out
}

// recordsOf makes records of rows: names stand in the row header (from 1), data
// begins at first. With detect, empty rows are left out. filters keep the records
// whose columns have the values: all of them, or with any one of them; the first
// match only, unless all are wanted.
func recordsOf(args map[string]any) (any, error) {
	lines := linesOf(args["rows"])
	header, first := numberOr(args["header"], 1), numberOr(args["first"], 2)
	if isTrue(args["detect"]) {
		for len(lines) > 0 && lines[0].empty() {
			lines = lines[1:]
		}
		header, first = 1, 2
	}
	out := []any{}
	if len(lines) == 0 || header < 1 || header > len(lines) {
		return out, nil
	}
	names := namesOf(lines, header-1)
	keep, err := filterOf(args, names)
	if err != nil {
		return nil, err
	}
	for _, l := range lines[min(max(first-1, 0), len(lines)):] {
		if l.empty() && isTrue(args["detect"]) {
			if args["until"] == "firstEmptyRow" {
				break
			}
			continue
		}
		if !keep(l) {
			continue
		}
		o := value.NewObject(len(names) + 1)
		if isTrue(args["numbers"]) {
			o.Set(rowNumber, float64(l.number))
		}
		for i, name := range names {
			if name != "" && (i < len(l.cells) || !isTrue(args["short"])) {
				o.Set(name, l.cell(i))
			}
		}
		if o.Len() > 0 {
			out = append(out, o)
		}
	}
	return out, nil
}

// namesOf are the names of the columns; one without a name but with data is
// called col_ and its number, one with neither "".
func namesOf(lines []line, header int) []string {
	longest := 0
	for _, l := range lines {
		longest = max(longest, len(l.cells))
	}
	names := make([]string, longest)
	for i := range names {
		if names[i] = textOf(lines[header].cell(i)); names[i] != "" {
			continue
		}
		if slices.ContainsFunc(lines, func(l line) bool { return l.cell(i) != "" }) {
			names[i] = "col_" + strconv.Itoa(i+1)
		}
	}
	return names
}

// filterOf is whether a row is wanted; after the first match, unless all are,
// none is.
func filterOf(args map[string]any, names []string) (func(line) bool, error) {
	type condition struct {
		column int
		value  string
	}
	var conditions []condition
	for _, f := range elements(args["filters"]) {
		o, _ := f.(*value.Object)
		name := node.Get(o, "lookupColumn", "")
		i := slices.Index(names, name)
		if i < 0 && name != rowNumber {
			return nil, node.Errorf("The column %q could not be found", name)
		}
		conditions = append(conditions, condition{i, node.Get(o, "lookupValue", "")})
	}
	found := false
	return func(l line) bool {
		if len(conditions) == 0 {
			return true
		}
		if found && !isTrue(args["all"]) {
			return false
		}
		meets := func(c condition) bool {
			if c.column < 0 {
				return strconv.Itoa(l.number) == c.value
			}
			return textOf(l.cell(c.column)) == c.value
		}
		ok := slices.ContainsFunc(conditions, meets)
		if !isTrue(args["any"]) {
			ok = !slices.ContainsFunc(conditions, func(c condition) bool { return !meets(c) })
		}
		found = found || ok
		return ok
	}, nil
}

// rowsOf makes rows of records, in the order of columns.
func rowsOf(args map[string]any) any {
	columns := elements(args["columns"])
	out := []any{}
	for _, r := range elements(args["records"]) {
		o, _ := r.(*value.Object)
		row := make([]any, len(columns))
		for i, name := range columns {
			v, _ := o.Get(textOf(name))
			if v == nil && isTrue(args["paths"]) {
				v, _ = value.Reach(o, strings.Split(textOf(name), ".")...)
			}
			row[i] = cellOf(v)
		}
		out = append(out, row)
	}
	return out
}

// cellOf is a value as a cell can hold it.
func cellOf(v any) any {
	switch v := v.(type) {
	case nil:
		return ""
	case *value.Object, []any:
		return string(value.JSON(v))
	}
	return v
}

// newColumns are the members of records that are no columns yet.
func newColumns(args map[string]any) any {
	seen := map[string]bool{rowNumber: true}
	for _, c := range elements(args["columns"]) {
		seen[textOf(c)] = true
	}
	out := []any{}
	for _, r := range elements(args["records"]) {
		o, _ := r.(*value.Object)
		for k := range o.All() {
			if !seen[k] {
				seen[k] = true
				out = append(out, k)
			}
		}
	}
	return out
}

// matched finds the rows that records are for, by the column key: updates are cells
// with new values, appends the records that no row is for.
func matched(args map[string]any) (any, error) {
	lines, columns, key := linesOf(args["rows"]), elements(args["columns"]), textOf(args["key"])
	first := numberOr(args["first"], 2)
	column := slices.IndexFunc(columns, func(c any) bool { return textOf(c) == key })
	if column < 0 && key != rowNumber {
		return nil, node.Errorf("Could not find column for key %q", key)
	}
	startColumn, startRow := cornerOf(textOf(args["from"]))
	places := map[string]int{}
	for _, l := range lines[min(max(first-1, 0), len(lines)):] {
		if column < 0 {
			break
		}
		if text := textOf(l.cell(column)); text != "" {
			if _, ok := places[text]; !ok {
				places[text] = l.number + startRow
			}
		}
	}
	updates, appends := []any{}, []any{}
	for _, r := range elements(args["records"]) {
		o, _ := r.(*value.Object)
		v, _ := o.Get(key)
		at, ok := places[textOf(v)]
		if key == rowNumber {
			at, ok = numberOr(v, 0), numberOr(v, 0) > 0
		}
		if !ok {
			appends = append(appends, r)
			continue
		}
		for i, c := range columns {
			name := textOf(c)
			if x, there := o.Get(name); there && x != nil && name != key && name != "" {
				updates = append(updates, value.Obj("range", sheetPrefix(args["sheet"])+columnName(i+startColumn)+strconv.Itoa(at), "values", []any{[]any{cellOf(x)}}))
			}
		}
	}
	return value.Obj("updates", updates, "appends", appends), nil
}

// sheetPrefix is what stands before a cell of a sheet.
func sheetPrefix(sheet any) string {
	if text := textOf(sheet); text != "" {
		return text + "!"
	}
	return ""
}

// cornerOf are the column and the row, from 0, of a cell such as "B3".
func cornerOf(cell string) (column, row int) {
	letters := strings.TrimRight(cell, "0123456789")
	for _, c := range strings.ToUpper(letters) {
		if c < 'A' || c > 'Z' {
			return 0, 0
		}
		column = column*26 + int(c-'A') + 1
	}
	row, _ = strconv.Atoi(cell[len(letters):])
	return max(column-1, 0), max(row-1, 0)
}

// columnName is a column's letters, from 0: A, Z, AA.
func columnName(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}
