package node

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// watched is a node's source of credentials that remembers the secrets it gave.
// A server may say what it was sent: in an answer, an error, a page that shows
// the request. So they are hidden in all that the node gives, before it is kept
// or logged: errors, logs, items and the files that travel with them. What stays
// is a secret shorter than credential.MinSecret, one that the server changed
// beyond the usual escapes, and files in the file store.
type watched struct {
	source CredentialSource

	mu      sync.Mutex
	secrets []string
}

// Open implements CredentialSource.
func (w *watched) Open(ctx context.Context, tenant, typ string, ref workflow.CredentialRef) (map[string]string, error) {
	fields, err := w.source.Open(ctx, tenant, typ, ref)
	w.note(typ, fields)
	return fields, err
}

// Renew implements CredentialRenewer.
func (w *watched) Renew(ctx context.Context, tenant, typ string, ref workflow.CredentialRef, old map[string]string) (map[string]string, error) {
	r, ok := w.source.(CredentialRenewer)
	if !ok {
		return nil, errors.New("the source renews nothing")
	}
	fields, err := r.Renew(ctx, tenant, typ, ref, old)
	w.note(typ, fields)
	return fields, err
}

func (w *watched) note(typ string, fields map[string]string) {
	secrets := credential.Kinds().Get(typ).Secrets(fields)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.secrets = append(w.secrets, secrets...)
}

// hide takes the secrets out of what a node gave.
func (w *watched) hide(res *Result, err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.secrets) == 0 {
		return err
	}
	for _, out := range res.Outputs {
		for i := range out {
			out[i] = w.item(out[i])
		}
	}
	for i := range res.Logs {
		res.Logs[i] = credential.Hide(res.Logs[i], w.secrets)
	}
	if res.State != nil {
		res.State, _ = w.value(res.State).(*value.Object)
	}
	if r := res.Respond; r != nil {
		r.Body = w.bytes(r.Body)
		for name, v := range r.Headers {
			r.Headers[name] = credential.Hide(v, w.secrets)
		}
	}
	return w.failure(err)
}

func (w *watched) item(it workflow.Item) workflow.Item {
	it.JSON, _ = w.value(it.JSON).(*value.Object)
	var changed map[string]workflow.Binary
	for name, f := range it.Binary {
		data := w.bytes(f.Data)
		if len(data) == len(f.Data) && (len(data) == 0 || &data[0] == &f.Data[0]) {
			continue
		}
		if changed == nil {
			changed = make(map[string]workflow.Binary, len(it.Binary))
			for k, v := range it.Binary {
				changed[k] = v
			}
		}
		f.Data, f.Size = data, int64(len(data))
		changed[name] = f
	}
	if changed != nil {
		it.Binary = changed
	}
	return it
}

// bytes returns b itself if no secret is in it.
func (w *watched) bytes(b []byte) []byte {
	for _, s := range w.secrets {
		if bytes.Contains(b, []byte(s)) {
			b = bytes.ReplaceAll(b, []byte(s), []byte(credential.Hidden))
		}
	}
	return b
}

// value returns v itself if no secret is in it: items may be shared.
func (w *watched) value(v any) any {
	switch v := v.(type) {
	case string:
		return credential.Hide(v, w.secrets)
	case []any:
		var out []any
		for i, x := range v {
			y := w.value(x)
			if out == nil && !same(x, y) {
				out = append(make([]any, 0, len(v)), v[:i]...)
			}
			if out != nil {
				out = append(out, y)
			}
		}
		if out != nil {
			return out
		}
	case *value.Object:
		return w.object(v)
	}
	return v
}

func (w *watched) object(o *value.Object) *value.Object {
	if o == nil {
		return nil
	}
	clean := true
	for name, v := range o.All() {
		if clean = credential.Hide(name, w.secrets) == name && same(v, w.value(v)); !clean {
			break
		}
	}
	if clean {
		return o
	}
	out := value.NewObject(o.Len())
	for name, v := range o.All() {
		out.Set(credential.Hide(name, w.secrets), w.value(v))
	}
	return out
}

// same reports whether hiding left a value as it was.
func same(before, after any) bool {
	switch b := before.(type) {
	case string:
		a, ok := after.(string)
		return ok && a == b
	case *value.Object:
		a, ok := after.(*value.Object)
		return ok && a == b
	case []any:
		a, ok := after.([]any)
		return ok && len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
	}
	return true
}

// failure hides secrets in what is shown of a failure and in what is logged.
func (w *watched) failure(err error) error {
	if err == nil {
		return nil
	}
	f := failureOf(err)
	g := *f.Err
	g.Message = credential.Hide(g.Message, w.secrets)
	if g.Cause != nil && w.tells(g.Cause.Error()) {
		g.Cause = errors.New(credential.Hide(g.Cause.Error(), w.secrets))
	}
	g.Fields = append([]fault.Field(nil), g.Fields...)
	for i := range g.Fields {
		g.Fields[i].Message = credential.Hide(g.Fields[i].Message, w.secrets)
	}
	f.Err, f.Detail = &g, credential.Hide(f.Detail, w.secrets)
	return &f
}

func (w *watched) tells(text string) bool {
	for _, s := range w.secrets {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}
