package httpapi

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/automatelanka/automatelanka/internal/datatable"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

// maxInsert is how many rows one request may insert.
const maxInsert = 1000

// DataRowsInput reads rows.
type DataRowsInput struct {
	DataTablePath
	PageInput
	Filter string `query:"filter" maxLength:"10000" doc:"{\"match\": \"all\" or \"any\", \"conditions\": [{\"column\", \"operator\", \"value\"}]}, as JSON; all rows if left out."`
}

// DataRowsBody are rows to write.
type DataRowsBody struct {
	DataTablePath
	WorkflowInput
}

// DataRows says which rows were written.
type DataRows struct {
	IDs []int64 `json:"ids" nullable:"false"`
}

type dataRowsOutput struct{ Body DataRows }

func (a *API) listDataRows(ctx context.Context, in *DataRowsInput) (*rawOutput, error) {
	ref := in.ref(ctx)
	list := "dataTableRows/" + string(in.ID)
	cursor, err := openCursor(ref.Tenant, list, in.Cursor)
	if err != nil {
		return nil, err
	}
	after := int64(0)
	if cursor != "" {
		if after, err = strconv.ParseInt(cursor, 10, 64); err != nil || after < 0 {
			return nil, invalid("query.cursor", "The cursor is not one of this API; use nextCursor of the page before.")
		}
	}
	var f datatable.Filter
	if in.Filter != "" {
		o, err := value.ParseObject([]byte(in.Filter))
		if err != nil {
			return nil, invalid("query.filter", "The filter is not a JSON object.")
		}
		m := &members{path: "query.filter", o: o}
		if f = m.filter(); m.err != nil {
			return nil, m.err
		}
	}
	t, err := a.DataTables.Tables.Table(ctx, ref)
	if err != nil {
		return nil, err
	}
	rows, next, err := a.DataTables.Page(ctx, t, f, after, in.Limit)
	if err != nil {
		return nil, err
	}
	items := make([]any, len(rows))
	for i, r := range rows {
		items[i] = t.Object(r)
	}
	out := value.Obj("items", items, "nextCursor", nil)
	if next > 0 {
		out.Set("nextCursor", sealCursor(ref.Tenant, list, strconv.FormatInt(next, 10)))
	}
	b := value.JSON(out)
	if len(b) > maxAnswer {
		return nil, errTooMuch()
	}
	return rawJSON(b), nil
}

func (a *API) insertDataRows(ctx context.Context, in *DataRowsBody) (*dataRowsOutput, error) {
	m, err := bodyMembers(in.RawBody, "rows")
	if err != nil {
		return nil, err
	}
	list, _ := m.o.Get("rows")
	given, ok := list.([]any)
	if !ok || len(given) == 0 || len(given) > maxInsert {
		m.fail("rows", fmt.Sprintf("must be a list of 1 to %d objects", maxInsert))
	}
	rows := make([]*value.Object, len(given))
	for i, x := range given {
		if rows[i], ok = x.(*value.Object); !ok {
			m.fail("rows["+strconv.Itoa(i)+"]", "must be an object")
		}
	}
	if m.err != nil {
		return nil, m.err
	}
	t, err := a.DataTables.Tables.Table(ctx, in.ref(ctx))
	if err != nil {
		return nil, err
	}
	made, err := a.DataTables.Insert(ctx, t, "", rows)
	var at *datatable.QueryError
	if errors.As(err, &at) {
		return nil, located("body.rows["+strconv.Itoa(at.Index)+"]", at.Err)
	}
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(made))
	for i, r := range made {
		ids[i] = r.ID
	}
	return &dataRowsOutput{DataRows{ids}}, nil
}

// located says which part of the body a fault is of.
func located(where string, err error) error {
	f := *fault.Of(err)
	f.Fields = []fault.Field{{Location: where, Message: f.Message}}
	return &f
}

// changeDataRows makes a route's handler of an operation on the rows that a filter
// selects.
func (a *API) changeDataRows(do func(*datatable.Session, context.Context, datatable.Change) ([]datatable.Changed, error), sets bool) func(context.Context, *DataRowsBody) (*dataRowsOutput, error) {
	return func(ctx context.Context, in *DataRowsBody) (*dataRowsOutput, error) {
		names := []string{"filter", "dryRun"}
		if sets {
			names = append(names, "set")
		}
		m, err := bodyMembers(in.RawBody, names...)
		if err != nil {
			return nil, err
		}
		var c datatable.Change
		filter, ok := m.object("filter")
		if !ok {
			m.fail("filter", "is required")
		} else if c.Filter = filter.filter(); filter.err != nil {
			return nil, filter.err
		}
		if set, ok := m.object("set"); ok {
			c.Set = set.o
		} else if sets {
			m.fail("set", "is required")
		}
		dry, _ := m.o.Get("dryRun")
		if c.DryRun, ok = dry.(bool); !ok && dry != nil {
			m.fail("dryRun", "must be true or false")
		}
		if m.err != nil {
			return nil, m.err
		}
		t, err := a.DataTables.Tables.Table(ctx, in.ref(ctx))
		if err != nil {
			return nil, err
		}
		changed, err := do(a.DataTables.Session(t), ctx, c)
		if err != nil {
			return nil, err
		}
		ids := make([]int64, len(changed))
		for i, x := range changed {
			ids[i] = x.Row.ID
		}
		return &dataRowsOutput{DataRows{ids}}, nil
	}
}

// bodyMembers reads a body that is an object of these members.
func bodyMembers(body []byte, names ...string) (*members, error) {
	o, err := bodyObject(body)
	if err != nil {
		return nil, err
	}
	m := &members{path: "body", o: o}
	m.only(names...)
	return m, m.err
}

// filter reads {"match", "conditions"}.
func (m *members) filter() datatable.Filter {
	m.only("match", "conditions")
	f := datatable.Filter{}
	switch match := m.text("match"); match {
	case "", "all":
	case "any":
		f.Any = true
	default:
		m.fail("match", "must be all or any")
	}
	v, _ := m.o.Get("conditions")
	list, ok := v.([]any)
	if !ok {
		m.fail("conditions", "must be a list of {\"column\", \"operator\", \"value\"}")
	}
	for i, x := range list {
		o, ok := x.(*value.Object)
		if !ok {
			m.fail("conditions["+strconv.Itoa(i)+"]", "must be an object")
			break
		}
		c := &members{path: m.path + ".conditions[" + strconv.Itoa(i) + "]", o: o}
		c.only("column", "operator", "value")
		v, _ := o.Get("value")
		f.Conditions = append(f.Conditions, datatable.Condition{Column: c.text("column"), Operator: c.text("operator"), Value: v})
		if m.err == nil {
			m.err = c.err
		}
	}
	return f
}
