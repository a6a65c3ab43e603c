package service

import (
	"errors"
	"slices"

	"github.com/automatelanka/automatelanka/internal/datatable"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// read answers the items' queries, those of one table in one pass.
func (t *tabling) read(operation string) ([]workflow.Item, error) {
	found := make([][]workflow.Item, len(t.items))
	failed := make([]error, len(t.items))
	byTable := map[ident.DataTable][]int{}
	tables := make([]datatable.Table, len(t.items))
	queries := make([]datatable.Query, len(t.items))
	var order []ident.DataTable
	for i := range t.items {
		r := t.c.At(i)
		if tables[i], failed[i] = t.table(r); failed[i] == nil {
			queries[i], failed[i] = queryOf(r, operation)
		}
		id := tables[i].ID
		if failed[i] == nil {
			if byTable[id] == nil {
				order = append(order, id)
			}
			byTable[id] = append(byTable[id], i)
		}
	}
	for _, id := range order {
		if err := t.selected(byTable[id], tables, queries, found, failed); err != nil {
			return nil, err
		}
	}
	return t.each(func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
		i := r.Item()
		if failed[i] != nil || operation == "get" {
			return found[i], failed[i]
		}
		if (len(found[i]) > 0) == (operation == "rowExists") {
			it.Paired = []workflow.Paired{{Item: i}}
			return []workflow.Item{it}, nil
		}
		return nil, nil
	})
}

// selected reads the rows of some items, whose queries go to one table. An item
// whose query is wrong fails alone.
func (t *tabling) selected(of []int, tables []datatable.Table, queries []datatable.Query, found [][]workflow.Item, failed []error) error {
	for len(of) > 0 {
		some := make([]datatable.Query, len(of))
		for n, i := range of {
			some[n] = queries[i]
		}
		rows, err := t.desk.Select(t.ctx, tables[of[0]], some)
		var wrong *datatable.QueryError
		if errors.As(err, &wrong) {
			failed[of[wrong.Index]] = wrong.Err
			of = slices.Delete(of, wrong.Index, wrong.Index+1)
			continue
		}
		if err != nil {
			return err
		}
		for n, i := range of {
			for _, x := range rows[n] {
				found[i] = append(found[i], row(i, tables[i].Object(x)))
			}
		}
		return nil
	}
	return nil
}

func queryOf(r *node.Reader, operation string) (datatable.Query, error) {
	f, err := filterOf(r)
	if err != nil || operation != "get" {
		return datatable.Query{Filter: f, Limit: 1}, err
	}
	q := datatable.Query{Filter: f, Limit: max(r.Int("limit", 50), 1)}
	if r.Bool("returnAll", false) {
		q.Limit = 0
	}
	if r.Bool("orderBy", false) {
		q.OrderBy, q.Descending = r.String("orderByColumn", "createdAt"), r.String("orderByDirection", "DESC") == "DESC"
	}
	return q, r.Err()
}
