package service

import (
	"context"
	"errors"

	"github.com/automatelanka/automatelanka/internal/datatable"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func dataTable() node.Type {
	show := func(resource string, operations ...any) map[string][]any {
		return map[string][]any{"resource": {resource}, "operation": operations}
	}
	sets, selects := show("row", "insert", "update", "upsert"), show("row", "deleteRows", "get", "rowExists", "rowNotExists", "update", "upsert")
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.dataTable", Versions: []float64{1, 1.1}, Name: "Data Table",
			Description: "Keeps rows in a table from run to run, and reads them.",
			Group:       "transform", Family: node.Data, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "resource", Type: "options", Default: "row", Options: options("row", "table")},
				{Name: "operation", Type: "options", Default: "insert", Options: options("deleteRows", "get", "rowExists", "rowNotExists", "insert", "update", "upsert"), Show: map[string][]any{"resource": {"row"}}},
				{Name: "operation", Type: "options", Default: "list", Options: options("clear", "create", "delete", "list", "update"), Show: map[string][]any{"resource": {"table"}}},
				{Name: "dataTableId", Type: "resourceLocator", Default: map[string]any{"mode": "list", "value": ""}, Required: true, Description: "The table, by list or id, or by its name."},
				{Name: "matchType", Type: "options", Default: anyCondition, Options: options(anyCondition, allConditions), Show: selects},
				{Name: "filters", Type: "fixedCollection", Default: map[string]any{}, Description: "Conditions: keyName, condition and keyValue; without any, all rows (not to change or delete).", Show: selects},
				{Name: "columns", Type: "resourceMapper", Default: map[string]any{"mappingMode": "defineBelow", "value": nil}, Description: "The values of the columns; autoMapInputData takes them from the item.", Show: sets},
				{Name: "returnAll", Type: "boolean", Default: false, Show: show("row", "get")},
				{Name: "limit", Type: "number", Default: 50.0, Show: show("row", "get")},
				{Name: "orderBy", Type: "boolean", Default: false, Show: show("row", "get")},
				{Name: "orderByColumn", Type: "options", Default: "createdAt", Show: show("row", "get")},
				{Name: "orderByDirection", Type: "options", Default: "DESC", Options: options("ASC", "DESC"), Show: show("row", "get")},
				{Name: "tableName", Type: "string", Default: "", Required: true, Show: show("table", "create")},
				{Name: "columns", Type: "fixedCollection", Default: map[string]any{}, Description: "Columns: name and type.", Show: show("table", "create")},
				{Name: "newName", Type: "string", Default: "", Required: true, Show: show("table", "update")},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
					{Name: "dryRun", Type: "boolean", Default: false, Description: "Says what would change, and changes nothing."},
					{Name: "optimizeBulk", Type: "boolean", Default: false, Description: "Gives the number of rows that were inserted, not the rows."},
					{Name: "createIfNotExists", Type: "boolean", Default: true, Description: "A table that has the name is no error."},
					{Name: "filterName", Type: "string", Default: ""}, {Name: "sortField", Type: "options", Default: "name", Options: options("createdAt", "name", "updatedAt")},
					{Name: "sortDirection", Type: "options", Default: "asc", Options: options("asc", "desc")},
				}},
			},
		},
		Uses: usesDataTables,
		Run:  runDataTable,
		Effect: func(c *node.Call) node.Effect {
			switch c.At(0).String("operation", "") {
			case "get", "rowExists", "rowNotExists", "list":
				return node.Safe
			}
			return node.Keyed // by the keys of the operations: see datatable
		},
	}
}

const (
	anyCondition  = "anyCondition"
	allConditions = "allConditions"
)

// tabling is one run of a Data Table node.
type tabling struct {
	ctx      context.Context
	c        *node.Call
	desk     *datatable.Desk
	items    []workflow.Item
	tables   map[[2]string]datatable.Table
	sessions map[ident.DataTable]*datatable.Session
}

func runDataTable(ctx context.Context, c *node.Call) (node.Result, error) {
	t := &tabling{
		ctx: ctx, c: c, desk: c.Services.DataTables, items: c.Items(),
		tables: map[[2]string]datatable.Table{}, sessions: map[ident.DataTable]*datatable.Session{},
	}
	r := c.At(0)
	resource := r.String("resource", "row")
	operation := r.String("operation", map[string]string{"row": "insert", "table": "list"}[resource])
	if err := r.Err(); err != nil {
		return node.Result{}, err
	}
	out, err := t.run(resource, operation)
	if err != nil {
		return node.Result{}, err
	}
	return node.Result{Outputs: [][]workflow.Item{out}}, nil
}

func (t *tabling) run(resource, operation string) ([]workflow.Item, error) {
	if resource == "table" {
		if do := tableOperations[operation]; do != nil {
			return t.each(func(r *node.Reader, _ workflow.Item) ([]workflow.Item, error) { return do(t, r) })
		}
		return nil, node.Errorf("The operation %q is not known; there are clear, create, delete, list and update.", operation)
	}
	switch operation {
	case "insert":
		return t.insert()
	case "get", "rowExists", "rowNotExists":
		return t.read(operation)
	case "update", "upsert", "deleteRows":
		return t.each(func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) { return t.change(r, it, operation) })
	}
	return nil, node.Errorf("The operation %q is not known; there are deleteRows, get, rowExists, rowNotExists, insert, update and upsert.", operation)
}

// each does something for every item; where failures are passed on, the item goes on
// with its failure.
func (t *tabling) each(do func(r *node.Reader, it workflow.Item) ([]workflow.Item, error)) ([]workflow.Item, error) {
	return t.c.EachOr(t.ctx, t.items, do, t.failed)
}

func (t *tabling) failed(i int, err error) []workflow.Item {
	it := row(i, t.items[i].JSON)
	it.Error = fault.Of(err).Message
	return []workflow.Item{it}
}

// table finds the table that an item names.
func (t *tabling) table(r *node.Reader) (datatable.Table, error) {
	mode, name := "list", node.Text(r.Locator("dataTableId"))
	if o, ok := r.Value("dataTableId").(*value.Object); ok {
		mode = node.Get(o, "mode", mode)
	}
	if err := r.Err(); err != nil {
		return datatable.Table{}, err
	}
	if name == "" {
		return datatable.Table{}, node.Errorf("No data table is chosen. Choose one, or name it.")
	}
	known := [2]string{mode, name}
	if found, ok := t.tables[known]; ok {
		return found, nil
	}
	tenant := ident.Tenant(t.c.Run.Tenant)
	var found datatable.Table
	var err error
	if mode == "name" {
		found, err = t.desk.Named(t.ctx, tenant, name)
	} else {
		found, err = t.desk.Tables.Table(t.ctx, datatable.Ref{Tenant: tenant, ID: ident.DataTable(name)})
	}
	if fault.Is(err, fault.NotFound) {
		err = node.WithDetail(err, "Tables of another n8n are not brought along with a workflow: make the table here (POST /api/data-tables), then choose it.")
	}
	if err == nil {
		t.tables[known] = found
	}
	return found, err
}

// insert adds a row for each item; all of one table together.
func (t *tabling) insert() ([]workflow.Item, error) {
	if target, same := t.oneTable(); same {
		rows := make([]*value.Object, len(t.items))
		var err error
		for i, it := range t.items {
			if rows[i], err = columnsOf(t.c.At(i), it); err != nil {
				return t.orPassedOn(node.AtItem(i, err))
			}
		}
		return t.inserted(t.c.At(0), target, t.c.Key(-1), rows)
	}
	return t.each(func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
		target, err := t.table(r)
		if err != nil {
			return nil, err
		}
		o, err := columnsOf(r, it)
		if err != nil {
			return nil, err
		}
		out, err := t.inserted(r, target, t.c.Key(r.Item()), []*value.Object{o})
		for i := range out {
			out[i].Paired = []workflow.Paired{{Item: r.Item()}}
		}
		return out, err
	})
}

// oneTable is the table of all items, if it is one.
func (t *tabling) oneTable() (datatable.Table, bool) {
	var one datatable.Table
	for i := range t.items {
		found, err := t.table(t.c.At(i))
		if err != nil || i > 0 && found.ID != one.ID {
			return one, false
		}
		one = found
	}
	return one, true
}

func (t *tabling) inserted(r *node.Reader, target datatable.Table, key string, objects []*value.Object) ([]workflow.Item, error) {
	counted := r.Bool("options.optimizeBulk", false)
	rows, err := t.desk.Insert(t.ctx, target, key, objects)
	var at *datatable.QueryError
	if errors.As(err, &at) {
		err = node.AtItem(at.Index, at.Err)
	}
	if err != nil {
		return t.orPassedOn(err)
	}
	if counted {
		return []workflow.Item{{JSON: value.Obj("success", true, "insertedRows", float64(len(rows)))}}, r.Err()
	}
	out := make([]workflow.Item, len(rows))
	for i, x := range rows {
		out[i] = row(i, target.Object(x))
	}
	return out, r.Err()
}

// orPassedOn is a failure of all items together.
func (t *tabling) orPassedOn(err error) ([]workflow.Item, error) {
	if !t.c.Continues() || fault.Of(err).Stops() {
		return nil, err
	}
	var out []workflow.Item
	for i := range t.items {
		out = append(out, t.failed(i, err)...)
	}
	return out, nil
}

// columnsOf are the values that an item sets.
func columnsOf(r *node.Reader, it workflow.Item) (*value.Object, error) {
	if r.String("columns.mappingMode", "defineBelow") != "autoMapInputData" {
		return r.Object("columns.value"), r.Err()
	}
	o := it.JSON.Shallow()
	for _, name := range []string{datatable.ColumnID, datatable.ColumnCreatedAt, datatable.ColumnUpdatedAt} {
		o.Delete(name) // what another Data Table node gave
	}
	return o, r.Err()
}

// filterOf are the conditions of an item.
func filterOf(r *node.Reader) (datatable.Filter, error) {
	match := r.String("matchType", anyCondition)
	if match != anyCondition && match != allConditions {
		return datatable.Filter{}, node.Errorf("The match type %q is not known; there are %s and %s.", match, anyCondition, allConditions)
	}
	f := datatable.Filter{Any: match == anyCondition}
	for _, o := range r.Objects("filters.conditions") {
		v, _ := o.Get("keyValue")
		c := datatable.Condition{Column: node.Get(o, "keyName", datatable.ColumnID), Operator: node.Get(o, "condition", "eq"), Value: v}
		switch c.Operator {
		case "isTrue":
			c.Operator, c.Value = "eq", true
		case "isFalse":
			c.Operator, c.Value = "eq", false
		}
		f.Conditions = append(f.Conditions, c)
	}
	return f, r.Err()
}

// change updates, upserts or deletes for one item.
func (t *tabling) change(r *node.Reader, it workflow.Item, operation string) ([]workflow.Item, error) {
	target, err := t.table(r)
	if err != nil {
		return nil, err
	}
	c := datatable.Change{Op: t.c.Key(r.Item()), DryRun: r.Bool("options.dryRun", false)}
	if c.Filter, err = filterOf(r); err != nil {
		return nil, err
	}
	if t.sessions[target.ID] == nil {
		t.sessions[target.ID] = t.desk.Session(target)
	}
	s := t.sessions[target.ID]
	var changed []datatable.Changed
	if operation == "deleteRows" {
		changed, err = s.Delete(t.ctx, c)
	} else {
		if c.Set, err = columnsOf(r, it); err != nil {
			return nil, err
		}
		if operation == "update" {
			changed, err = s.Update(t.ctx, c)
		} else {
			changed, err = s.Upsert(t.ctx, c)
		}
	}
	if err != nil {
		return nil, err
	}
	var out []workflow.Item
	for _, x := range changed {
		if !c.DryRun {
			out = append(out, row(r.Item(), target.Object(x.Row)))
			continue
		}
		after := x.After
		if operation == "deleteRows" {
			after = nil
		}
		out = append(out, row(r.Item(), stateOf(target, x.Before, "before")), row(r.Item(), stateOf(target, after, "after")))
	}
	return out, nil
}

// stateOf is a row of a dry run; one that is not there has empty columns.
func stateOf(t datatable.Table, x *datatable.Row, state string) *value.Object {
	o := t.Object(datatable.Row{})
	if x == nil {
		for k := range o.All() {
			o.Set(k, nil)
		}
	} else {
		o = t.Object(*x)
	}
	o.Set("dryRunState", state)
	return o
}
