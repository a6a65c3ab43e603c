package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/catalog"
	"github.com/automatelanka/automatelanka/internal/datatable"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/stamp"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/usage"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Directory are the tenant, its keys and members, and its audit records.
type Directory interface {
	Tenant(ctx context.Context, id ident.Tenant) (tenant.Tenant, error)
	Keys(ctx context.Context, t ident.Tenant) ([]tenant.Key, error)
	Members(ctx context.Context, t ident.Tenant) ([]tenant.Member, error)
	Audits(ctx context.Context, t ident.Tenant, p tenant.Paging) ([]tenant.Audit, string, error)
}

// Workflows are the tenant's workflows with all their versions.
type Workflows interface {
	List(ctx context.Context, t ident.Tenant, search string, p tenant.Paging) ([]catalog.Head, string, error)
	Versions(ctx context.Context, t ident.Tenant, id ident.Workflow, p tenant.Paging) ([]catalog.Version, string, error)
	Get(ctx context.Context, t ident.Tenant, id ident.Workflow, version int) (catalog.Head, []byte, error)
	ListSchedules(ctx context.Context, t ident.Tenant) ([]trigger.Schedule, error)
}

// Runs are the executions with their node runs.
type Runs interface {
	List(ctx context.Context, t ident.Tenant, f execution.Filter) (execution.Page, error)
	Runs(ctx context.Context, ref execution.Ref) ([]workflow.NodeRun, error)
}

// Calls is the usage log, all months of it.
type Calls interface {
	AllUsage(ctx context.Context, t ident.Tenant, p tenant.Paging) (items []usage.Record, next string, err error)
}

// DataTables are the tables of rows that workflows keep.
type DataTables interface {
	Tables(ctx context.Context, t ident.Tenant) ([]datatable.Table, error)
	Scan(ctx context.Context, ref datatable.Ref, after int64, fn func(datatable.Row) bool) error
}

// FileReader reads the files that nodes keep, and those of the file space.
type FileReader interface {
	Keys(ctx context.Context, prefix, after string, fn func(key string, size int64) bool) error
	// Part reads the bytes from a position to another, which is not included, and
	// the version of the file that they are of.
	Part(ctx context.Context, key string, from, to int64) (b []byte, version string, err error)
}

// Sources are where a tenant's data is.
type Sources struct {
	Directory Directory
	Workflows Workflows
	Runs      Runs
	Calls     Calls
	Files     FileReader
	Tables    DataTables
}

// readAtOnce is how many things of a kind are read together; runs are larger.
const (
	readAtOnce     = 50
	readRunsAtOnce = 10
)

func (e *Exporter) sections() []section {
	return []section{
		{"tenant", e.tenant}, {"key", e.keys}, {"member", e.members}, {"workflow", e.workflows}, {"schedule", e.schedules},
		{"execution", e.executions}, {"usage", e.calls}, {"audit", e.audits}, {"dataTable", e.tables}, {"dataTableRow", e.rows}, {"file", e.files},
	}
}

// whole is the rest of a list that is read at once.
func whole[T any](all []T, after string, id func(T) string) []unit {
	units := make([]unit, len(all))
	for i, x := range all {
		units[i] = unit{id(x), x}
	}
	slices.SortFunc(units, func(a, b unit) int { return strings.Compare(a.id, b.id) })
	return slices.DeleteFunc(units, func(u unit) bool { return u.id <= after })
}

func (e *Exporter) tenant(ctx context.Context, t ident.Tenant, after string) ([]unit, error) {
	tn, err := e.Sources.Directory.Tenant(ctx, t)
	return whole([]tenant.Tenant{tn}, after, func(t tenant.Tenant) string { return string(t.ID) }), err
}

func (e *Exporter) keys(ctx context.Context, t ident.Tenant, after string) ([]unit, error) {
	all, err := e.Sources.Directory.Keys(ctx, t) // without hashes: see tenant.Key
	return whole(all, after, func(k tenant.Key) string { return string(k.ID) }), err
}

func (e *Exporter) members(ctx context.Context, t ident.Tenant, after string) ([]unit, error) {
	all, err := e.Sources.Directory.Members(ctx, t)
	return whole(all, after, func(m tenant.Member) string { return string(m.ID) }), err
}

func (e *Exporter) schedules(ctx context.Context, t ident.Tenant, after string) ([]unit, error) {
	all, err := e.Sources.Workflows.ListSchedules(ctx, t)
	return whole(all, after, func(s trigger.Schedule) string { return string(s.ID) }), err
}

// workflowVersion is one version in an export.
type workflowVersion struct {
	catalog.Version
	Workflow json.RawMessage `json:"workflow"`
}

func (e *Exporter) workflows(ctx context.Context, t ident.Tenant, after string) ([]unit, error) {
	heads, _, err := e.Sources.Workflows.List(ctx, t, "", tenant.Paging{Limit: readRunsAtOnce, Cursor: after})
	if err != nil {
		return nil, err
	}
	var units []unit
	for _, h := range heads {
		x := struct {
			catalog.Head
			Versions []workflowVersion `json:"versions"`
		}{Head: h}
		for cursor := ""; ; {
			page, next, err := e.Sources.Workflows.Versions(ctx, t, h.ID, tenant.Paging{Limit: readAtOnce, Cursor: cursor})
			if err != nil {
				return nil, err
			}
			for _, v := range page {
				_, raw, err := e.Sources.Workflows.Get(ctx, t, h.ID, v.Number)
				if err != nil {
					return nil, err
				}
				x.Versions = append(x.Versions, workflowVersion{v, raw})
			}
			if cursor = next; cursor == "" {
				break
			}
		}
		units = append(units, unit{string(h.ID), x})
	}
	return units, nil
}

// exportedRun is an execution in an export.
type exportedRun struct {
	ID          ident.Execution    `json:"id"`
	WorkflowID  ident.Workflow     `json:"workflowId"`
	Version     int                `json:"version"`
	Status      execution.Status   `json:"status"`
	Trigger     string             `json:"trigger"`
	TriggeredBy string             `json:"triggeredBy"`
	CreatedAt   string             `json:"createdAt"`
	FinishedAt  string             `json:"finishedAt,omitempty"`
	Error       *execution.Failure `json:"error,omitempty"`
	CostMicro   int64              `json:"costMicroUsd"`
	Tokens      int64              `json:"tokens"`
	Nodes       []json.RawMessage  `json:"nodes"` // in the order in which they ran
}

func (e *Exporter) executions(ctx context.Context, t ident.Tenant, after string) ([]unit, error) {
	page, err := e.Sources.Runs.List(ctx, t, execution.Filter{Limit: readRunsAtOnce, Cursor: after})
	if err != nil {
		return nil, err
	}
	var units []unit
	for _, c := range page.Items {
		x := exportedRun{
			ID: c.ID, WorkflowID: c.WorkflowID, Version: c.Version, Status: c.Status, Trigger: c.Trigger, TriggeredBy: c.TriggeredBy,
			CreatedAt: stamp.Of(c.CreatedAt), FinishedAt: stamp.Of(c.FinishedAt), Error: c.Error, CostMicro: c.CostMicro, Tokens: c.Tokens,
			Nodes: []json.RawMessage{},
		}
		runs, err := e.Sources.Runs.Runs(ctx, c.Ref)
		if err != nil {
			return nil, err
		}
		for i := range runs {
			b, err := nodeRun(&runs[i])
			if err != nil {
				return nil, err
			}
			x.Nodes = append(x.Nodes, b)
		}
		units = append(units, unit{string(c.ID), x})
	}
	return units, nil
}

func (e *Exporter) calls(ctx context.Context, t ident.Tenant, after string) ([]unit, error) {
	all, _, err := e.Sources.Calls.AllUsage(ctx, t, tenant.Paging{Limit: readAtOnce, Cursor: after})
	units := make([]unit, len(all))
	for i, r := range all {
		units[i] = unit{usage.Period(r.At) + "#" + r.ID, r}
	}
	return units, err
}

func (e *Exporter) audits(ctx context.Context, t ident.Tenant, after string) ([]unit, error) {
	all, _, err := e.Sources.Directory.Audits(ctx, t, tenant.Paging{Limit: readAtOnce, Cursor: after})
	units := make([]unit, len(all))
	for i, a := range all {
		units[i] = unit{a.ID, a}
	}
	return units, err
}

// exportedTable is a data table in an export; its rows follow it.
type exportedTable struct {
	ID        ident.DataTable    `json:"id"`
	Name      string             `json:"name"`
	Columns   []datatable.Column `json:"columns"`
	CreatedAt string             `json:"createdAt"`
	UpdatedAt string             `json:"updatedAt"`
}

func (e *Exporter) tables(ctx context.Context, t ident.Tenant, after string) ([]unit, error) {
	all, err := e.Sources.Tables.Tables(ctx, t)
	out := make([]exportedTable, len(all))
	for i, x := range all {
		out[i] = exportedTable{x.ID, x.Name, x.Columns, stamp.Of(x.CreatedAt), stamp.Of(x.UpdatedAt)}
	}
	return whole(out, after, func(x exportedTable) string { return string(x.ID) }), err
}

// rows are those of all tables, by "<table>/<number>", the number as wide as it may be.
func (e *Exporter) rows(ctx context.Context, t ident.Tenant, after string) ([]unit, error) {
	all, err := e.Sources.Tables.Tables(ctx, t)
	if err != nil {
		return nil, err
	}
	from, number, _ := strings.Cut(after, "/")
	var units []unit
	for _, x := range all {
		last := int64(0)
		switch strings.Compare(string(x.ID), from) {
		case -1:
			continue
		case 0:
			if last, err = strconv.ParseInt(number, 10, 64); err != nil {
				return nil, errCursor()
			}
		}
		err := e.Sources.Tables.Scan(ctx, x.Ref, last, func(r datatable.Row) bool {
			id := fmt.Sprintf("%s/%016d", x.ID, r.ID)
			units = append(units, unit{id, json.RawMessage(value.JSON(value.Obj("table", string(x.ID), "row", x.Object(r))))})
			return len(units) < readAtOnce
		})
		if err != nil || len(units) >= readAtOnce {
			return units, err
		}
	}
	return units, nil
}

// files are those that nodes keep and those of the file space: what lies under
// executions and workflows is in their own sections.
func (e *Exporter) files(ctx context.Context, t ident.Tenant, after string) ([]unit, error) {
	var units []unit
	own := string(t) + "/"
	err := e.Sources.Files.Keys(ctx, own, after, func(key string, size int64) bool {
		if !strings.HasPrefix(key, own+"executions/") && !strings.HasPrefix(key, own+"workflows/") {
			units = append(units, unit{key, &exportedFile{files: e.Sources.Files, key: key, size: size}})
		}
		return len(units) < readAtOnce
	})
	return units, err
}
