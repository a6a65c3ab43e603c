package catalog

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Caps returns the caps in the settings of a workflow's current version.
func (c *Catalog) Caps(ctx context.Context, t ident.Tenant, id ident.Workflow) (Head, workflow.Caps, error) {
	h, raw, err := c.Get(ctx, t, id, 0)
	if err != nil {
		return h, workflow.Caps{}, err
	}
	wf, err := workflow.Parse(raw)
	if err != nil {
		return h, workflow.Caps{}, err
	}
	return h, wf.Settings.Caps, nil
}

// SetCaps makes a version in which caps are changed: by their names in the
// settings, and nil takes one away. What else the workflow has stays as it is.
func (c *Catalog) SetCaps(ctx context.Context, by tenant.Actor, t ident.Tenant, id ident.Workflow, caps map[string]*float64) (Head, error) {
	h, raw, err := c.Get(ctx, t, id, 0)
	if err != nil {
		return h, err
	}
	wf, err := value.ParseObject(raw)
	if err != nil {
		return h, err
	}
	settings := value.NewObject(len(caps))
	if v, ok := wf.Get("settings"); ok {
		if o, ok := v.(*value.Object); ok {
			settings = o
		}
	}
	for name, n := range caps {
		if n == nil {
			settings.Delete(name)
		} else {
			settings.Set(name, *n)
		}
	}
	wf.Set("settings", settings)
	return c.Update(ctx, by, t, id, value.JSON(wf), h.Version)
}
