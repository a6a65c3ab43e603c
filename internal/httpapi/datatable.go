package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/automatelanka/automatelanka/internal/datatable"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// DataTable is a table of rows that workflows keep from run to run.
type DataTable struct {
	ID        ident.DataTable `json:"id"`
	Name      string          `json:"name"`
	Columns   []DataColumn    `json:"columns" nullable:"false" doc:"Beside id, createdAt and updatedAt, which every row has."`
	CreatedAt Stamp           `json:"createdAt"`
	UpdatedAt Stamp           `json:"updatedAt" doc:"Of its name or columns."`
	Size      *DataTableSize  `json:"size,omitempty" doc:"Where one table is asked for."`
}

// DataTableSize is what rows a table has.
type DataTableSize struct {
	Rows  int64 `json:"rows"`
	Bytes int64 `json:"bytes" doc:"All of a tenant's tables together have at most 50 MB."`
}

// DataColumn is one column of a data table.
type DataColumn struct {
	Name string         `json:"name" minLength:"1" maxLength:"63" doc:"A letter, then letters, digits and _."`
	Type datatable.Type `json:"type" enum:"string,number,boolean,date"`
}

// DataTableRequest asks for a data table.
type DataTableRequest struct {
	Name    string       `json:"name" minLength:"1" maxLength:"128"`
	Columns []DataColumn `json:"columns,omitempty" maxItems:"200"`
}

// DataTableName is a table's new name.
type DataTableName struct {
	Name string `json:"name" minLength:"1" maxLength:"128"`
}

// DataTablePath names a table in a route; it is exported because huma reads no parameters of others.
type DataTablePath struct {
	ID ident.DataTable `path:"id" doc:"The table's id." maxLength:"60"`
}

func (p DataTablePath) ref(ctx context.Context) datatable.Ref {
	return datatable.Ref{Tenant: caller(ctx).Tenant, ID: p.ID}
}

func dataTableOf(t datatable.Table, sized bool) DataTable {
	out := DataTable{ID: t.ID, Name: t.Name, Columns: make([]DataColumn, len(t.Columns)), CreatedAt: Stamp(t.CreatedAt), UpdatedAt: Stamp(t.UpdatedAt)}
	for i, c := range t.Columns {
		out.Columns[i] = DataColumn{c.Name, c.Type}
	}
	if sized {
		out.Size = &DataTableSize{t.Stats.Rows, t.Bytes}
	}
	return out
}

type dataTableOutput struct{ Body DataTable }

const listDataTables = "dataTables"

func dataTableRoutes(a *API) {
	read := route{tag: "data tables", role: tenant.Viewer, scope: tenant.ReadTables}
	write := route{tag: "data tables", role: tenant.Editor, scope: tenant.WriteTables, errors: []int{http.StatusNotFound, http.StatusConflict}}
	add(a, read.at("listDataTables", http.MethodGet, "/api/data-tables", "List data tables"),
		func(ctx context.Context, _ *empty) (*ListOutput[DataTable], error) {
			t := caller(ctx).Tenant
			all, err := a.DataTables.Tables.Tables(ctx, t)
			items := make([]DataTable, len(all))
			for i, x := range all {
				items[i] = dataTableOf(x, false)
			}
			return pageOf(t, listDataTables, items, ""), err
		})
	create := write.at("createDataTable", http.MethodPost, "/api/data-tables", "Make a data table").gives(http.StatusCreated)
	create.errors = []int{http.StatusConflict}
	add(a, create, a.createDataTable)
	add(a, read.at("getDataTable", http.MethodGet, "/api/data-tables/{id}", "A data table, with how much is in it").refuses(http.StatusNotFound),
		func(ctx context.Context, in *DataTablePath) (*dataTableOutput, error) {
			t, err := a.DataTables.Tables.Table(ctx, in.ref(ctx))
			return &dataTableOutput{dataTableOf(t, true)}, err
		})
	add(a, write.at("renameDataTable", http.MethodPut, "/api/data-tables/{id}", "Give a data table another name"),
		func(ctx context.Context, in *struct {
			DataTablePath
			Body DataTableName
		}) (*dataTableOutput, error) {
			_, after, err := a.DataTables.Rename(ctx, in.ref(ctx), in.Body.Name)
			return a.changedTable(ctx, "dataTable.renamed", after, err)
		})
	add(a, write.at("addDataTableColumn", http.MethodPost, "/api/data-tables/{id}/columns", "Add a column, which is empty in all rows"),
		func(ctx context.Context, in *struct {
			DataTablePath
			Body DataColumn
		}) (*dataTableOutput, error) {
			_, after, err := a.DataTables.AddColumn(ctx, in.ref(ctx), datatable.Column{Name: in.Body.Name, Type: in.Body.Type})
			return a.changedTable(ctx, "dataTable.columnAdded", after, err)
		})
	add(a, write.at("deleteDataTableColumn", http.MethodDelete, "/api/data-tables/{id}/columns/{column}", "Take a column away, with its values"),
		func(ctx context.Context, in *struct {
			DataTablePath
			Column string `path:"column" doc:"The column's name." maxLength:"63"`
		}) (*empty, error) {
			_, after, err := a.DataTables.DropColumn(ctx, in.ref(ctx), in.Column)
			_, err = a.changedTable(ctx, "dataTable.columnDeleted", after, err)
			return nil, err
		})
	add(a, write.at("deleteDataTable", http.MethodDelete, "/api/data-tables/{id}", "Delete a data table with its rows"),
		func(ctx context.Context, in *DataTablePath) (*empty, error) {
			t, err := a.DataTables.Drop(ctx, in.ref(ctx))
			_, err = a.changedTable(ctx, "dataTable.deleted", t, err)
			return nil, err
		})
	dataRowRoutes(a, read, write)
}

func (a *API) createDataTable(ctx context.Context, in *struct{ Body DataTableRequest }) (*dataTableOutput, error) {
	n := datatable.NewTable{Tenant: caller(ctx).Tenant, Name: in.Body.Name}
	for _, c := range in.Body.Columns {
		n.Columns = append(n.Columns, datatable.Column{Name: c.Name, Type: c.Type})
	}
	t, err := a.DataTables.Create(ctx, n)
	return a.changedTable(ctx, "dataTable.created", t, err)
}

// changedTable records what was done to a table, and answers with it.
func (a *API) changedTable(ctx context.Context, action string, t datatable.Table, err error) (*dataTableOutput, error) {
	if err != nil {
		return nil, err
	}
	out := dataTableOf(t, false)
	return &dataTableOutput{out}, a.note(ctx, t.Tenant, action, string(t.ID), out)
}

// dataRowRoutes are the routes of rows. Bodies are read as they are: their values
// have the types of the table's columns.
func dataRowRoutes(a *API, read, write route) {
	operators := make([]any, len(datatable.Operators))
	for i, name := range datatable.Operators {
		operators[i] = name
	}
	one := anyObject("Values by the columns' names.")
	conditions := &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{
		Type: huma.TypeObject, Required: []string{"column", "operator"}, AdditionalProperties: false, Properties: map[string]*huma.Schema{
			"column": {Type: huma.TypeString}, "value": {Description: "null is an empty cell."},
			"operator": {Type: huma.TypeString, Enum: operators, Description: "In like and ilike % stands for any text."},
		},
	}}
	filter := &huma.Schema{Type: huma.TypeObject, Required: []string{"conditions"}, AdditionalProperties: false, Properties: map[string]*huma.Schema{
		"match": {Type: huma.TypeString, Enum: []any{"all", "any"}, Description: "all if left out."}, "conditions": conditions,
	}}
	body := func(properties map[string]*huma.Schema, required ...string) *huma.Schema {
		return &huma.Schema{Type: huma.TypeObject, Required: required, AdditionalProperties: false, Properties: properties}
	}
	page := body(map[string]*huma.Schema{
		"items":      {Type: huma.TypeArray, Items: anyObject("id, createdAt, updatedAt, and the columns.")},
		"nextCursor": {AnyOf: []*huma.Schema{{Type: huma.TypeString}, {Type: "null"}}},
	}, "items", "nextCursor")
	dry := &huma.Schema{Type: huma.TypeBoolean, Description: "Only say which rows it would be."}

	add(a, read.at("listDataTableRows", http.MethodGet, "/api/data-tables/{id}/rows", "Read rows, in the order of their ids").
		answers(page).refuses(http.StatusNotFound, http.StatusRequestEntityTooLarge), a.listDataRows)
	add(a, write.at("insertDataTableRows", http.MethodPost, "/api/data-tables/{id}/rows", "Insert rows, at most 1,000").gives(http.StatusCreated).
		takes(body(map[string]*huma.Schema{"rows": {Type: huma.TypeArray, Items: one}}, "rows")), a.insertDataRows)
	add(a, write.at("updateDataTableRows", http.MethodPut, "/api/data-tables/{id}/rows", "Change the rows that a filter selects").
		takes(body(map[string]*huma.Schema{"filter": filter, "set": one, "dryRun": dry}, "filter", "set")), a.changeDataRows((*datatable.Session).Update, true))
	add(a, write.at("upsertDataTableRow", http.MethodPost, "/api/data-tables/{id}/rows/upsert", "Change the rows that a filter selects, or insert one").
		takes(body(map[string]*huma.Schema{"filter": filter, "set": one, "dryRun": dry}, "filter", "set")), a.changeDataRows((*datatable.Session).Upsert, true))
	add(a, write.at("deleteDataTableRows", http.MethodPost, "/api/data-tables/{id}/rows/delete", "Delete the rows that a filter selects").
		takes(body(map[string]*huma.Schema{"filter": filter, "dryRun": dry}, "filter")), a.changeDataRows((*datatable.Session).Delete, false))
}
