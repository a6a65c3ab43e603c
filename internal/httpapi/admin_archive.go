package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/automatelanka/automatelanka/internal/archive"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Erasure is how far the erasure of a tenant has come, and at its end the proof.
type Erasure struct {
	Tenant  ident.Tenant     `json:"tenant"`
	Stage   archive.Stage    `json:"stage" enum:"ending,erasing,verifying,done" doc:"Ending: executions that run are being ended. Verifying: the stores are gone through once more, which begins 10 s after the last removal."`
	By      string           `json:"by" doc:"The key or member that asked for it."`
	AskedAt Stamp            `json:"askedAt"`
	DoneAt  *Stamp           `json:"doneAt,omitempty"`
	Ended   int64            `json:"endedExecutions" doc:"Executions that were cancelled for it."`
	Removed map[string]int64 `json:"removed" doc:"How many things of each kind were removed."`
	// Of the last pass.
	Found  int64 `json:"found" doc:"What the present or last pass over the stores has found; 0 when it is done."`
	Looked int64 `json:"looked" doc:"How many things, of whomever, that pass has looked at."`
}

func erasureOf(e archive.Erasure) Erasure {
	out := Erasure{e.Tenant, e.Stage, e.By, Stamp(e.AskedAt), nil, e.Ended, e.Removed, e.Found, e.Looked}
	if !e.DoneAt.IsZero() {
		at := Stamp(e.DoneAt)
		out.DoneAt = &at
	}
	return out
}

// ExportLine is one thing of an export, or a piece of one that is large.
type ExportLine struct {
	Kind   string  `json:"kind" enum:"tenant,key,member,workflow,schedule,execution,usage,audit,file"`
	ID     string  `json:"id"`
	Data   Raw     `json:"data,omitempty" doc:"The thing. Files are {\"key\",\"base64\"}."`
	Text   *string `json:"text,omitempty" doc:"Of a piece instead: this part of the thing's JSON; put the pieces together in their order."`
	Offset int     `json:"offset,omitempty" doc:"Of a piece: where it begins, in bytes."`
	Size   int     `json:"size,omitempty" doc:"Of a piece: bytes of the whole."`
}

// eraseFor is how long one request erases; sweep goes on with the rest.
const eraseFor = 12 * time.Second

func adminArchiveRoutes(a *API) {
	admin := route{tag: "operators", role: tenant.Operator, errors: []int{http.StatusNotFound}}
	type output struct{ Body Erasure }
	erase := admin.at("adminDeleteTenant", http.MethodDelete, "/api/admin/tenants/{id}", "Erase a tenant with all its data").gives(http.StatusAccepted)
	erase.about = "What runs is ended first. The answer says how far it came; it goes on by itself, and each repeated request goes on too. The record stays as the proof."
	add(a, erase, func(ctx context.Context, in *TenantPath) (*output, error) {
		if _, err := a.Eraser.Ask(ctx, caller(ctx).Actor, in.ID); err != nil {
			return nil, err
		}
		e, err := a.Eraser.Go(ctx, in.ID, eraseFor)
		return &output{erasureOf(e)}, err
	})
	add(a, admin.at("adminGetErasure", http.MethodGet, "/api/admin/tenants/{id}/erasure", "How far the erasure of a tenant has come, and its proof"),
		func(ctx context.Context, in *TenantPath) (*output, error) {
			e, err := a.Eraser.Register.Erasure(ctx, in.ID)
			return &output{erasureOf(e)}, err
		})
	export := admin.at("adminExportTenant", http.MethodGet, "/api/admin/tenants/{id}/export", "All data of a tenant, in pages; secrets are left out")
	export.about = "Go on with nextCursor until it is null. A page has some 2 MB; one thing that is larger comes in pieces."
	add(a, export, func(ctx context.Context, in *struct {
		TenantPath
		Cursor string `query:"cursor" maxLength:"3000" doc:"nextCursor of the page before."`
	}) (*ListOutput[ExportLine], error) {
		list := "export/" + string(in.ID)
		cursor, err := openCursor("", list, in.Cursor)
		if err != nil {
			return nil, err
		}
		lines, next, err := a.Exporter.Page(ctx, in.ID, cursor)
		if err != nil {
			return nil, err
		}
		items := make([]ExportLine, len(lines))
		for i, l := range lines {
			items[i] = ExportLine{Kind: l.Kind, ID: l.ID, Data: Raw(l.Data), Offset: l.Offset, Size: l.Size}
			if l.Data == nil {
				items[i].Text = &l.Text
			}
		}
		return pageOf("", list, items, next), nil
	})
}
