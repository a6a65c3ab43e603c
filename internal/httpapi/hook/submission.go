package hook

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/httpapi"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// submission is what a browser sent of a form.
type submission struct {
	id       string
	answers  form.Answers
	files    []file
	problems map[string]string
	problem  string
}

func (s submission) valid() bool { return len(s.problems) == 0 && s.problem == "" }

// submissionForm is what the name of a submission can be. It is random, and only
// guards against sending the same thing twice: a forged one harms nobody else.
var submissionForm = regexp.MustCompile(`^[A-Za-z0-9_-]{16,64}$`)

// submission reads and checks the answers to a form.
func (s *Server) submission(r *http.Request, f *form.Form) (submission, error) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, httpapi.MaxBody+1))
	if err != nil {
		return submission{}, err
	}
	if len(raw) > httpapi.MaxBody {
		return submission{}, tooLarge()
	}
	mediaType, b, err := readBody(r.Header.Get("Content-Type"), raw)
	if err != nil {
		return submission{}, err
	}
	fields, ok := b.value.(*value.Object)
	if !ok || mediaType != "multipart/form-data" && mediaType != "application/x-www-form-urlencoded" {
		return submission{}, fault.New(fault.Invalid, fault.CodeValidation, "A form is sent by its page; open the page, fill it in and send it.")
	}
	sub := submission{answers: form.Answers{Values: map[string][]string{}, Files: map[string][]form.Upload{}}}
	for name, v := range fields.All() {
		sub.answers.Values[name] = texts(v)
	}
	for _, up := range b.files {
		sub.files = append(sub.files, up)
		sub.answers.Files[up.field] = append(sub.answers.Files[up.field], form.Upload{Name: up.name, MIME: up.mime, Size: int64(len(up.data))})
	}
	if ids := sub.answers.Values["submission"]; len(ids) == 1 && submissionForm.MatchString(ids[0]) {
		sub.id = ids[0]
	} else {
		sub.problem = "This page had lost its number; it has a new one now. Please send it again."
	}
	sub.problems = f.Check(sub.answers)
	return sub, nil
}

func tooLarge() error {
	return fault.New(fault.Invalid, fault.CodePayloadTooLarge, "What was sent is larger than %d MB, files included. Go back, and choose smaller files.", httpapi.MaxBody>>20)
}

func texts(v any) []string {
	if list, ok := v.([]any); ok {
		var out []string
		for _, x := range list {
			out = append(out, node.Text(x))
		}
		return out
	}
	return []string{node.Text(v)}
}

// key names the submission with its answers. Sent twice it is the same; changed
// after going back in the browser it is another one. Files count by their names:
// browsers may send them a second time without what is in them.
func (s submission) key() string {
	h := sha256.New()
	for _, name := range sorted(s.answers.Values) {
		fmt.Fprintf(h, "%q=%q\n", name, s.answers.Values[name])
	}
	for _, f := range s.files {
		fmt.Fprintf(h, "%q %q\n", f.field, f.name)
	}
	return s.id + hex.EncodeToString(h.Sum(nil))
}

func sorted(m map[string][]string) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// formItem is the item of an execution that the answers become. Large files are
// stored, and the item refers to them.
func (s *Server) formItem(ctx context.Context, ref execution.Ref, f *form.Form, sub submission, at time.Time) (workflow.Item, error) {
	item := workflow.Item{JSON: f.Item(sub.answers, at)}
	seen := map[string]int{}
	if err := s.announce(ctx, ref, sub); err != nil {
		return item, err
	}
	for _, up := range sub.files {
		field := fieldOf(f, up.field)
		if field == nil || field.Kind != form.File {
			continue
		}
		b, err := s.keep(ctx, ref, up)
		if err != nil {
			return item, err
		}
		if item.Binary == nil {
			item.Binary = map[string]workflow.Binary{}
		}
		item.Binary[field.Property(seen[up.field], len(sub.answers.Files[up.field]))] = b
		seen[up.field]++
	}
	return item, nil
}

func fieldOf(f *form.Form, id string) *form.Field {
	for i := range f.Fields {
		if form.ID(i) == id {
			return &f.Fields[i]
		}
	}
	return nil
}

// Announcer keeps note of executions whose files are stored before they are there.
type Announcer interface {
	Announce(ctx context.Context, ref execution.Ref) error
}

// announce says that files of the execution are about to be stored, if any will be:
// whoever dies before the execution is there leaves them to be found.
func (s *Server) announce(ctx context.Context, ref execution.Ref, sub submission) error {
	if s.Announce == nil || !slices.ContainsFunc(sub.files, s.stored) {
		return nil
	}
	return s.Announce.Announce(ctx, ref)
}

// stored reports whether a file does not ride with its item.
func (s *Server) stored(up file) bool { return len(up.data) > node.InlineFile && s.Blobs != nil }

// Discarder removes stored files.
type Discarder interface {
	Delete(ctx context.Context, keys ...string) error
}

// discard removes the files of answers that started no run of the id, without
// waiting for retention. Whether a failed launch has made the run all the same is
// looked up; where that cannot be said, the files stay until retention can.
func (s *Server) discard(ctx context.Context, ref execution.Ref, item workflow.Item, failed error) {
	var keys []string
	for _, b := range item.Binary {
		if b.Ref != "" {
			keys = append(keys, b.Ref)
		}
	}
	if len(keys) == 0 || s.Discard == nil {
		return
	}
	ctx = context.WithoutCancel(ctx)
	if f := fault.Of(failed); f != nil && (f.Transient() || f.Kind == fault.Internal || f.Kind == fault.Cancelled) {
		if _, err := s.Executions.Get(ctx, ref); !fault.Is(err, fault.NotFound) {
			return
		}
	}
	if err := s.Discard.Delete(ctx, keys...); err != nil {
		s.Log.Warn("files of a form that started no run stay", "tenantId", string(ref.Tenant), "files", len(keys), "error", err)
	}
}

// keep makes an item's file of an upload: a small one rides with the item, a
// larger one goes to the store under the execution's prefix, with which retention
// removes it.
func (s *Server) keep(ctx context.Context, ref execution.Ref, up file) (workflow.Binary, error) {
	b := workflow.Binary{
		MimeType: up.mime, FileName: up.name, Extension: strings.TrimPrefix(path.Ext(up.name), "."), FileType: fileType(up.mime), Size: int64(len(up.data)),
	}
	if !s.stored(up) {
		b.Data = bytes.Clone(up.data)
		return b, nil
	}
	// The name is new: of two who answer a page at once, one may not overwrite the other's.
	b.Ref = string(ref.Tenant) + "/" + string(ref.ID) + "/form-" + ident.Token()
	return b, s.Blobs.Put(ctx, b.Ref, bytes.NewReader(up.data), b.Size)
}
