package dynamostore

import (
	"context"
	"fmt"

	"github.com/automatelanka/automatelanka/internal/catalog"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

var (
	_ catalog.Store     = (*Catalog)(nil)
	_ catalog.Schedules = (*Catalog)(nil)
)

// maxInline is the largest compressed version that lies in its item, in bytes; an
// item has 400 KB with everything (DynamoDB's limit).
const maxInline = 300 << 10

// The version's JSON: compressed, in the item or under a key of the blob store.
const (
	attrSource = "src"
	attrBlob   = "ref"
)

// Head reads a workflow's head.
func (c *Catalog) Head(ctx context.Context, t ident.Tenant, id ident.Workflow) (catalog.Head, error) {
	d, err := c.load(ctx, workflowKey(t, id), "workflow "+string(id))
	if err != nil {
		return catalog.Head{}, err
	}
	return decodeHead(t)(d)
}

func decodeHead(t ident.Tenant) func(doc) (catalog.Head, error) {
	return func(d doc) (catalog.Head, error) {
		h := catalog.Head{}
		err := d.decode(&h)
		h.Tenant, h.Rev = t, d.rev()
		return h, err
	}
}

// Heads lists heads, newest first. The cursor is a workflow's id.
func (c *Catalog) Heads(ctx context.Context, t ident.Tenant, p tenant.Paging) ([]catalog.Head, string, error) {
	return newest(ctx, c, t, workflowPrefix, p, decodeHead(t))
}

// Save writes a change of a workflow in one transaction.
func (c *Catalog) Save(ctx context.Context, s catalog.Saving) error {
	h := s.Head
	k := workflowKey(h.Tenant, h.ID)
	var writes []write
	switch {
	case s.Delete:
		gone := erase(k)
		gone.cond, gone.values, gone.lost = "rv = :was", attrs{":was": num(h.Rev)}, errOvertaken()
		writes = append(writes, gone)
	case h.Rev == 0:
		writes = append(writes, insert(k, h, nil))
	default:
		writes = append(writes, replace(k, h, h.Rev, nil))
	}
	if s.Source != nil {
		v, err := c.versionWrite(ctx, s)
		if err != nil {
			return err
		}
		writes = append(writes, v)
	}
	if s.From != "" && h.Rev == 0 {
		writes = append(writes, overwrite(importedKey(h.Tenant, s.From), imported{h.ID}, nil))
	}
	for _, hook := range s.PutHooks {
		writes = append(writes, hookWrite(h.Tenant, hook))
	}
	for _, hook := range s.DropHooks {
		writes = append(writes, erase(keyOfHook(h.Tenant, hook)))
	}
	for _, sch := range s.PutSchedules {
		writes = append(writes, overwrite(scheduleKey(h.Tenant, sch.ID), sch, nil))
	}
	for _, id := range s.DropSchedules {
		writes = append(writes, erase(scheduleKey(h.Tenant, id)))
	}
	for _, w := range s.Wants {
		writes = append(writes, wantWrite(h.Tenant, w))
	}
	return c.commit(ctx, append(writes, auditWrite(s.Audit))...)
}

// imported is the document of an id of elsewhere.
type imported struct {
	Workflow ident.Workflow `json:"workflowId"`
}

// Imported is the workflow that came last with an id of elsewhere.
func (c *Catalog) Imported(ctx context.Context, t ident.Tenant, from string) (ident.Workflow, error) {
	d, err := c.load(ctx, importedKey(t, from), "workflow "+from)
	if err != nil {
		return "", err
	}
	var i imported
	return i.Workflow, d.decode(&i)
}

// versionWrite is the put of a version. A number that is taken was written by
// another change, so the head has moved on as well.
func (c *Catalog) versionWrite(ctx context.Context, s catalog.Saving) (write, error) {
	h := s.Head
	extra := attrs{}
	packed := pack(s.Source)
	if len(packed) <= maxInline {
		extra[attrSource] = bin(packed)
	} else {
		// Written before the item that names it. The random part keeps two writers
		// of the same number apart; the loser's object is never read.
		ref := fmt.Sprintf("%s/workflows/%s/%d-%s", h.Tenant, h.ID, h.Version, ident.Token())
		if err := c.blobs.Put(ctx, ref, packed); err != nil {
			return write{}, err
		}
		extra[attrBlob] = str(ref)
	}
	w := insert(versionKey(h.Tenant, h.ID, h.Version), s.Created, extra)
	w.lost = errOvertaken()
	return w, nil
}

// Source reads the JSON of a version.
func (c *Catalog) Source(ctx context.Context, t ident.Tenant, id ident.Workflow, version int) ([]byte, error) {
	d, err := c.load(ctx, versionKey(t, id, version), fmt.Sprintf("version %d of workflow %s", version, id))
	if err != nil {
		return nil, err
	}
	packed := getBin(d.item, attrSource)
	if ref := getStr(d.item, attrBlob); ref != "" {
		if packed, err = c.blobs.Get(ctx, ref); err != nil {
			return nil, err
		}
	}
	raw, err := unpack(packed)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, fault.CodeInternal, "A stored workflow cannot be read.")
	}
	return raw, nil
}

// Versions lists the versions of a workflow, newest first. The JSON is not read
// from S3, but DynamoDB bills for what lies in the items.
func (c *Catalog) Versions(ctx context.Context, t ident.Tenant, id ident.Workflow, p tenant.Paging) ([]catalog.Version, string, error) {
	docs, next, err := c.query(ctx, span{pk: versionsPK(t, id), prefix: versionPrefix, desc: true, limit: p.Limit, after: p.Cursor})
	if err != nil {
		return nil, "", err
	}
	versions, err := decodeAll(docs, func(d doc) (catalog.Version, error) {
		v := catalog.Version{}
		return v, d.decode(&v)
	})
	return versions, next, err
}

// errHookTaken names the address that another workflow listens to.
func errHookTaken(method, path string) error {
	return fault.New(fault.Conflict, catalog.CodeHookTaken, "Another active workflow listens to %s %s; deactivate it, or choose another path.", method, path)
}
