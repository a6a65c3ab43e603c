package service

import (
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/datatable"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/moment"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// tableOperations are the operations on tables themselves.
var tableOperations = map[string]func(t *tabling, r *node.Reader) ([]workflow.Item, error){
	"clear": (*tabling).empty, "create": (*tabling).create, "delete": (*tabling).drop, "list": (*tabling).list, "update": (*tabling).rename,
}

func (t *tabling) create(r *node.Reader) ([]workflow.Item, error) {
	tenant, name := ident.Tenant(t.c.Run.Tenant), strings.TrimSpace(r.String("tableName", ""))
	n := datatable.NewTable{
		Tenant: tenant, Name: name,
		ID: ident.DataTable(ident.Derived(ident.PrefixDataTable, ident.Time(t.c.Run.ExecutionID), t.c.Key(r.Item()))),
	}
	for _, o := range r.Objects("columns.column") {
		n.Columns = append(n.Columns, datatable.Column{Name: node.Get(o, "name", ""), Type: datatable.Type(node.Get(o, "type", string(datatable.String)))})
	}
	reuse := r.Bool("options.createIfNotExists", false)
	if err := r.Err(); err != nil {
		return nil, err
	}
	if reuse {
		all, err := t.desk.Tables.Tables(t.ctx, tenant)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(all, func(x datatable.Table) bool { return x.Name == name }); i >= 0 {
			return []workflow.Item{row(r.Item(), tableObject(all[i]))}, nil
		}
	}
	made, err := t.desk.Create(t.ctx, n)
	if err != nil {
		return nil, err
	}
	return []workflow.Item{row(r.Item(), tableObject(made))}, nil
}

func (t *tabling) drop(r *node.Reader) ([]workflow.Item, error) {
	target, err := t.table(r)
	if err == nil {
		_, err = t.desk.Drop(t.ctx, target.Ref)
	}
	id := any(string(target.ID))
	if target.ID == "" && t.repeated(err) {
		id, err = r.Locator("dataTableId"), nil
	}
	if err != nil {
		return nil, err
	}
	clear(t.tables)
	return []workflow.Item{row(r.Item(), value.Obj("success", true, "deletedTableId", id))}, nil
}

func (t *tabling) empty(r *node.Reader) ([]workflow.Item, error) {
	target, err := t.table(r)
	if err != nil {
		return nil, err
	}
	removed, err := t.desk.Session(target).Clear(t.ctx, t.c.Key(r.Item()))
	return []workflow.Item{row(r.Item(), value.Obj("success", true, "deletedCount", float64(removed)))}, err
}

// repeated reports whether a table is missing that an earlier attempt may have taken
// away, or named anew.
func (t *tabling) repeated(err error) bool {
	return t.c.Run.Attempt > 1 && fault.Is(err, fault.NotFound)
}

func (t *tabling) rename(r *node.Reader) ([]workflow.Item, error) {
	name := strings.TrimSpace(r.String("newName", ""))
	target, err := t.table(r)
	if err == nil {
		_, _, err = t.desk.Rename(t.ctx, target.Ref, name)
	} else if t.repeated(err) {
		_, err = t.desk.Named(t.ctx, ident.Tenant(t.c.Run.Tenant), name)
	}
	if err != nil {
		return nil, err
	}
	clear(t.tables)
	return []workflow.Item{row(r.Item(), value.Obj("success", true, "name", name))}, nil
}

func (t *tabling) list(r *node.Reader) ([]workflow.Item, error) {
	all, err := t.desk.Tables.Tables(t.ctx, ident.Tenant(t.c.Run.Tenant))
	if err != nil {
		return nil, err
	}
	part := strings.ToLower(r.String("options.filterName", ""))
	all = slices.DeleteFunc(all, func(x datatable.Table) bool { return !strings.Contains(strings.ToLower(x.Name), part) })
	field, down := r.String("options.sortField", "name"), r.String("options.sortDirection", "asc") == "desc"
	slices.SortStableFunc(all, func(a, b datatable.Table) int {
		n := strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		switch field {
		case "createdAt":
			n = a.CreatedAt.Compare(b.CreatedAt)
		case "updatedAt":
			n = a.UpdatedAt.Compare(b.UpdatedAt)
		}
		if down {
			return -n
		}
		return n
	})
	if most := max(r.Int("limit", 50), 1); !r.Bool("returnAll", true) && len(all) > most {
		all = all[:most]
	}
	out := make([]workflow.Item, len(all))
	for i, x := range all {
		out[i] = row(r.Item(), tableObject(x))
	}
	return out, r.Err()
}

// tableObject is a table as items have it.
func tableObject(t datatable.Table) *value.Object {
	columns := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = value.Obj("id", c.ID, "name", c.Name, "type", string(c.Type), "index", float64(i))
	}
	return value.Obj("id", string(t.ID), "name", t.Name, "columns", columns, "createdAt", moment.JS(t.CreatedAt), "updatedAt", moment.JS(t.UpdatedAt))
}
