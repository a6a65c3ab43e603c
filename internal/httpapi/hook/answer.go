package hook

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/httpapi"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// noData is n8n's answer where a workflow ends without anything to answer with.
const noData = "Workflow executed successfully but the last node did not return any data"

// answer answers as the webhook's node wants it.
func (s *Server) answer(ctx context.Context, w http.ResponseWriter, x target, ref execution.Ref) {
	for _, h := range x.settings.Headers {
		setHeader(w.Header(), h[0], h[1])
	}
	if x.settings.Mode == trigger.AnswerAtOnce {
		s.atOnce(w, x.settings)
		return
	}
	c, resp, err := s.await(ctx, ref, x.settings.Mode == trigger.AnswerByNode)
	switch {
	case err != nil:
		s.fail(w, ref, err)
	case resp != nil:
		writeResponse(w, resp)
	case c == nil:
		url := httpapi.TrackingURL(ref.ID)
		w.Header().Set("Location", url)
		writeJSON(w, http.StatusAccepted, map[string]any{"jobId": ref.ID, "status": execution.Running, "trackingUrl": url})
	case c.Status != execution.Completed:
		s.fail(w, ref, fault.New(fault.Internal, codeWorkflowFailed, "The workflow did not complete: execution %s is %s.", ref.ID, c.Status))
	case x.settings.Mode == trigger.AnswerByNode:
		writeJSON(w, http.StatusOK, map[string]any{"message": noData})
	default:
		s.lastNode(ctx, w, x.settings, *c)
	}
}

// codeWorkflowFailed is the code of a webhook whose run failed. Why is no business
// of the caller; the tenant sees it at the execution.
const codeWorkflowFailed fault.Code = "WORKFLOW_FAILED"

func (s *Server) fail(w http.ResponseWriter, ref execution.Ref, err error) {
	if fault.Of(err).Code != codeWorkflowFailed {
		s.Log.Error("a webhook's answer failed", "tenantId", string(ref.Tenant), "executionId", string(ref.ID), "error", err)
	}
	httpapi.WriteProblem(w, err)
}

func (s *Server) atOnce(w http.ResponseWriter, set trigger.Webhook) {
	switch {
	case set.NoBody:
		w.WriteHeader(set.Status)
	case set.Text != "":
		w.Header().Set("Content-Type", contentType(w, textType(set.Text)))
		w.WriteHeader(set.Status)
		_, _ = io.WriteString(w, set.Text)
	default:
		writeJSON(w, set.Status, map[string]any{"message": "Workflow was started"})
	}
}

// textType is JSON for text that is JSON.
func textType(text string) string {
	if t := strings.TrimSpace(text); strings.HasPrefix(t, "{") || strings.HasPrefix(t, "[") {
		if _, err := value.Parse([]byte(t)); err == nil {
			return "application/json; charset=utf-8"
		}
	}
	return "text/html; charset=utf-8" // n8n's
}

// contentType keeps one that the author has set.
func contentType(w http.ResponseWriter, def string) string {
	if t := w.Header().Get("Content-Type"); t != "" {
		return t
	}
	return def
}

// lastNode answers with what the last node gave.
func (s *Server) lastNode(ctx context.Context, w http.ResponseWriter, set trigger.Webhook, c execution.Control) {
	if set.Data == "noData" {
		w.WriteHeader(set.Status)
		return
	}
	last, err := s.Executions.LastOf(ctx, c)
	if err != nil {
		s.fail(w, c.Ref, err)
		return
	}
	items := last.Given()
	switch {
	case len(items) == 0 && set.Data != "allEntries":
		writeJSON(w, set.Status, map[string]any{"message": noData})
	case set.Data == "firstEntryBinary":
		s.file(ctx, w, set, c.Ref, items[0])
	case set.Data == "allEntries":
		list := make([]any, len(items))
		for i, it := range items {
			list[i] = it.JSON
		}
		writeValue(w, set, list)
	default:
		writeValue(w, set, pick(items[0].JSON, set.Property))
	}
}

// pick takes a property out of an item, by its path with dots.
func pick(o *value.Object, path string) any {
	if path == "" {
		return o
	}
	var v any = o
	for name := range strings.SplitSeq(path, ".") {
		inner, ok := v.(*value.Object)
		if !ok {
			return nil
		}
		v, _ = inner.Get(name)
	}
	return v
}

// writeValue answers with JSON, or with text if the author names a content type.
func writeValue(w http.ResponseWriter, set trigger.Webhook, v any) {
	typ, body := "application/json; charset=utf-8", value.JSON(v)
	if text, ok := v.(string); ok && set.ContentType != "" {
		body = []byte(text)
	}
	if set.ContentType != "" {
		typ = set.ContentType
	}
	w.Header().Set("Content-Type", contentType(w, typ))
	w.WriteHeader(set.Status)
	_, _ = w.Write(body)
}

// file answers with a file of the item.
func (s *Server) file(ctx context.Context, w http.ResponseWriter, set trigger.Webhook, ref execution.Ref, it workflow.Item) {
	f, ok := it.Binary[set.BinaryName]
	if !ok {
		s.fail(w, ref, fault.New(fault.Invalid, fault.CodeValidation, "The last node gave no file %q.", set.BinaryName))
		return
	}
	src, err := s.content(ctx, ref.Tenant, f)
	if err != nil {
		s.fail(w, ref, err)
		return
	}
	defer src.Close()
	w.Header().Set("Content-Type", contentType(w, mimeOf(f)))
	w.WriteHeader(set.Status)
	_, _ = io.Copy(w, src)
}

func mimeOf(f workflow.Binary) string {
	if f.MimeType == "" {
		return "application/octet-stream"
	}
	return f.MimeType
}

// content opens a file of an item.
func (s *Server) content(ctx context.Context, t ident.Tenant, f workflow.Binary) (io.ReadCloser, error) {
	switch {
	case f.Ref == "":
		return io.NopCloser(bytes.NewReader(f.Data)), nil
	case s.Blobs == nil:
		return nil, fault.New(fault.Internal, fault.CodeInternal, "Stored files cannot be read here.")
	}
	return node.OwnBlobs(s.Blobs, string(t)).Get(ctx, f.Ref)
}

// download answers with a file that the browser keeps.
func (s *Server) download(w http.ResponseWriter, r *http.Request, t ident.Tenant, f workflow.Binary) {
	src, err := s.content(r.Context(), t, f)
	if err != nil {
		s.refusePage(w, r, err)
		return
	}
	defer src.Close()
	w.Header().Set("Content-Type", mimeOf(f))
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.FileName}))
	w.WriteHeader(http.StatusOK)
	_, _ = io.Copy(w, src)
}

// writeResponse answers with what a response node gave.
func writeResponse(w http.ResponseWriter, r *execution.Response) {
	for name, v := range r.Headers {
		setHeader(w.Header(), name, v)
	}
	status := r.Status
	if status < 200 || status > 599 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	_, _ = w.Write(r.Body)
}

func writeJSON(w http.ResponseWriter, status int, v map[string]any) {
	b, err := json.Marshal(v)
	if err != nil { // a programming error: the values are texts
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b)
}
