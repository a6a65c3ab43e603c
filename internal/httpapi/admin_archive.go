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
	Stage   archive.Stage    `json:"stage" enum:"ending,unregistering,erasing,verifying,done" doc:"Ending: executions that run are being ended. Unregistering: services are told to call the tenant's webhooks no more, for at most 20 minutes. Verifying: the stores are gone through once more, which begins 10 s after the last removal."`
	By      string           `json:"by" doc:"The key or member that asked for it."`
	AskedAt Stamp            `json:"askedAt"`
	DoneAt  *Stamp           `json:"doneAt,omitempty"`
	Ended   int64            `json:"endedExecutions" doc:"Executions that were cancelled for it."`
	Removed map[string]int64 `json:"removed" doc:"How many things of each kind were removed."`
	// Webhooks at services.
	Registered   int64         `json:"registeredWebhooks" doc:"Addresses that services may have called."`
	Unregistered int64         `json:"unregisteredWebhooks" doc:"How many of them were taken away at the service."`
	Left         []LeftWebhook `json:"leftWebhooks,omitempty" doc:"Those that were not, 100 at most. Calls to them are answered with 404; remove them at the service by hand."`
	// Of the last pass.
	Found  int64 `json:"found" doc:"What the present or last pass over the stores has found; 0 when it is done."`
	Looked int64 `json:"looked" doc:"How many things, of whomever, that pass has looked at."`
}

// LeftWebhook is an address that a service may still call.
type LeftWebhook struct {
	Service string `json:"service" doc:"The trigger's node type."`
	Address string `json:"address"`
	Problem string `json:"problem,omitempty" doc:"Why it could not be taken away."`
}

func erasureOf(e archive.Erasure) Erasure {
	out := Erasure{
		Tenant: e.Tenant, Stage: e.Stage, By: e.By, AskedAt: Stamp(e.AskedAt), Ended: e.Ended, Removed: e.Removed,
		Registered: e.Registered, Unregistered: e.Unregistered, Found: e.Found, Looked: e.Looked,
	}
	for _, l := range e.Left {
		out.Left = append(out.Left, LeftWebhook(l))
	}
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
	Data   Raw     `json:"data,omitempty" doc:"The thing. Files are {\"base64\",\"key\"}."`
	Text   *string `json:"text,omitempty" doc:"Of a piece instead: this part of the thing's JSON; put the pieces together in their order."`
	Offset int     `json:"offset,omitempty" doc:"Of a piece: where it begins, in bytes. A file that was replaced meanwhile begins again at 0."`
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
	export.about = "Go on with nextCursor until it is null. A page has some 2 MB; one thing that is larger comes in pieces. The first page leaves an audit record with the tenant."
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
		if in.Cursor == "" { // later pages are the same reading
			err = a.note(ctx, in.ID, "tenant.exported", string(in.ID), nil)
		}
		return pageOf("", list, items, next), err
	})
}
