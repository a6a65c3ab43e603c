package hook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/httpapi"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/mcp"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/ai"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// startByMCP answers a message of an MCP client.
func (s *Server) startByMCP(w http.ResponseWriter, r *http.Request, x target) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		writeMessage(w, http.StatusMethodNotAllowed, &mcp.Message{Err: &mcp.Error{
			Code: mcp.CodeInvalidRequest, Message: "Method not allowed: this server offers no stream and keeps no session. Send each message by POST (Streamable HTTP)."}})
		return
	}
	if _, err := s.authenticate(r.Context(), r, x); err != nil {
		s.refuse(w, r, err)
		return
	}
	m, status, err := readMessage(r)
	if err != nil {
		writeMessage(w, status, &mcp.Message{Err: asMCP(err)})
		return
	}
	if m.ID == nil || m.Method == "" { // a notification, or an answer to what was never asked
		w.WriteHeader(http.StatusAccepted)
		return
	}
	result, status, err := s.served(w, r, x, m)
	if err != nil {
		writeMessage(w, status, &mcp.Message{ID: m.ID, Err: asMCP(err)})
		return
	}
	writeMessage(w, http.StatusOK, &mcp.Message{ID: m.ID, Result: result})
}

// readMessage reads the message of a request, and the status of its refusal.
func readMessage(r *http.Request) (*mcp.Message, int, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" { // what a page of any origin could send is refused
		return nil, http.StatusUnsupportedMediaType, &mcp.Error{Code: mcp.CodeInvalidRequest, Message: "The Content-Type must be application/json."}
	}
	if v := r.Header.Get(mcp.HeaderVersion); v != "" && !mcp.Known(v) {
		return nil, http.StatusBadRequest, &mcp.Error{Code: mcp.CodeInvalidRequest, Message: "Unsupported protocol version; this server prefers " + mcp.Version + "."}
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, httpapi.MaxBody+1))
	if err != nil {
		return nil, http.StatusBadRequest, &mcp.Error{Code: mcp.CodeParse, Message: "The body broke off."}
	}
	if len(raw) > httpapi.MaxBody {
		return nil, http.StatusRequestEntityTooLarge, &mcp.Error{Code: mcp.CodeInvalidRequest, Message: "The body has more than " + strconv.Itoa(httpapi.MaxBody) + " bytes."}
	}
	m, err := mcp.Parse(raw)
	return m, http.StatusBadRequest, err
}

// served is the result of a request, or the status of its error.
func (s *Server) served(w http.ResponseWriter, r *http.Request, x target, m *mcp.Message) (any, int, error) {
	switch m.Method {
	case "initialize":
		w.Header().Set(mcp.HeaderSession, ident.Token())
		return s.greeting(x, m.Params), 0, nil
	case "ping":
		return value.NewObject(0), 0, nil
	case "tools/list":
		tools, err := s.tools(r.Context(), x)
		if err != nil {
			return nil, http.StatusOK, s.unserved(r, err)
		}
		return value.Obj("tools", listed(tools)), 0, nil
	case "tools/call":
		return s.callTool(w, r, x, m)
	}
	return nil, http.StatusOK, &mcp.Error{Code: mcp.CodeMethodNotFound, Message: "Method not found: this server has tools and nothing else."}
}

func listed(tools []*value.Object) []any {
	list := make([]any, len(tools))
	for i, t := range tools {
		list[i] = t
	}
	return list
}

// greeting answers initialize, in the revision that the client asks for if it is spoken.
func (s *Server) greeting(x target, params *value.Object) *value.Object {
	version := textAt(params, "protocolVersion")
	if !mcp.Known(version) {
		version = mcp.Version
	}
	o := value.Obj("protocolVersion", version, "capabilities", value.Obj("tools", value.NewObject(0)),
		"serverInfo", value.Obj("name", x.node.Name, "version", "0.1.0"))
	if text := textAt(x.node.Parameters, "instructions"); text != "" {
		o.Set("instructions", text)
	}
	return o
}

// tools are those that the trigger serves.
func (s *Server) tools(ctx context.Context, x target) ([]*value.Object, error) {
	if s.Types == nil {
		return nil, fault.New(fault.Internal, fault.CodeInternal, "No tools can be served here.")
	}
	return ai.ServedTools(ctx, s.Types(), x.workflow, x.node, node.RunInfo{
		Tenant: string(x.hook.Tenant), WorkflowID: string(x.hook.Workflow), Mode: "webhook", Timezone: zoneOf(x.workflow), Now: s.Clock.Now()})
}

// unserved is why the tools cannot be served, as far as a client may know.
func (s *Server) unserved(r *http.Request, err error) *mcp.Error {
	f := fault.Of(err)
	if f.Kind == fault.Internal {
		s.Log.Error("the tools of an MCP server cannot be listed", "path", r.URL.Path, "error", err)
	}
	return &mcp.Error{Code: mcp.CodeInternal, Message: f.Message}
}

// callTool runs a tool. A name that is none costs no run.
func (s *Server) callTool(w http.ResponseWriter, r *http.Request, x target, m *mcp.Message) (any, int, error) {
	name := textAt(m.Params, "name")
	given, has := m.Params.Get("arguments")
	args, isObject := given.(*value.Object)
	if has && given != nil && !isObject {
		return nil, http.StatusOK, &mcp.Error{Code: mcp.CodeInvalidParams, Message: "arguments must be an object."}
	}
	if args == nil {
		args = value.NewObject(0)
	}
	tools, err := s.tools(r.Context(), x)
	if err != nil {
		return nil, http.StatusOK, s.unserved(r, err)
	}
	known := false
	for _, t := range tools {
		known = known || textAt(t, "name") == name
	}
	if !known {
		return nil, http.StatusOK, &mcp.Error{Code: mcp.CodeInvalidParams, Message: "Unknown tool: " + fault.Shorten(name, 100)}
	}
	hash := sha256.Sum256(value.JSON(m.Params))
	launched, err := s.Executions.Launch(r.Context(), execution.Launch{
		Tenant: x.hook.Tenant, WorkflowID: x.hook.Workflow, Version: x.hook.Version,
		Start:   execution.Start{Node: x.node.Name, Items: []workflow.Item{toolCall(r, x, name, args)}, Mode: "webhook"},
		Trigger: "webhook", TriggeredBy: "MCP /" + x.hook.Path, IdempotencyKey: messageKey(r, x, m), BodyHash: hex.EncodeToString(hash[:]),
	})
	if err != nil {
		p := httpapi.ProblemOf(err)
		for name, values := range p.GetHeaders() {
			w.Header()[name] = values
		}
		if p.Status >= http.StatusInternalServerError {
			s.Log.Error("a call of a tool failed", "path", r.URL.Path, "error", err)
		}
		return nil, p.Status, &mcp.Error{Code: mcp.CodeInternal, Message: fault.Of(err).Message}
	}
	return s.toolResult(r.Context(), execution.Ref{Tenant: x.hook.Tenant, ID: launched.ID}), 0, nil
}

// toolCall is the item of a call as n8n's trigger gives it: since version 2.1 with the
// request's headers, but for those that are secrets.
func toolCall(r *http.Request, x target, name string, args *value.Object) workflow.Item {
	o := value.Obj(ai.MCPCall, value.Obj("toolName", name, "arguments", args))
	if x.node.TypeVersion >= 2.1 {
		shown := r.Clone(r.Context())
		shown.Header.Del("Authorization")
		shown.Header.Del("Cookie")
		if x.settings.Auth == "headerAuth" { // its name is the credential's
			shown.Header = http.Header{"User-Agent": r.Header["User-Agent"]}
		}
		o.Set("headers", headersOf(shown))
	}
	return workflow.Item{JSON: o}
}

// messageKey is the same for a message that is sent again: its id in its session, or
// what the sender calls it.
func messageKey(r *http.Request, x target, m *mcp.Message) string {
	session := r.Header.Get(mcp.HeaderSession)
	if session == "" || len(session) > maxDelivery {
		return deliveryKey(r, x, &call{})
	}
	return runKey(x, r.Method, "mcp "+session, string(value.JSON(m.ID)))
}

// toolResult waits for the run and forms the tool's result. What keeps it from one is
// told as the tool's error, which models read.
func (s *Server) toolResult(ctx context.Context, ref execution.Ref) *value.Object {
	c, _, err := s.await(ctx, ref, false)
	switch {
	case err != nil:
		s.Log.Error("a tool's result failed", "tenantId", string(ref.Tenant), "executionId", string(ref.ID), "error", err)
		return said("The result of execution "+string(ref.ID)+" could not be read.", true)
	case c == nil:
		return said("The tool did not end within "+strconv.Itoa(int(maxWait.Seconds()))+" s and goes on as execution "+string(ref.ID)+". Do not call it again for the same purpose.", true)
	case c.Status != execution.Completed:
		return said("The tool failed: execution "+string(ref.ID)+" is "+string(c.Status)+".", true)
	}
	last, err := s.Executions.LastOf(ctx, *c)
	if err != nil {
		s.Log.Error("a tool's result failed", "tenantId", string(ref.Tenant), "executionId", string(ref.ID), "error", err)
		return said("The result of execution "+string(ref.ID)+" could not be read.", true)
	}
	if items := last.Given(); len(items) > 0 {
		failed, _ := items[0].JSON.Get(ai.MCPFailed)
		return said(textAt(items[0].JSON, ai.MCPResult), failed == true)
	}
	return said("The tool gave nothing.", true)
}

// said is a tool's result of one text.
func said(text string, failed bool) *value.Object {
	o := value.Obj("content", []any{value.Obj("type", "text", "text", text)})
	if failed {
		o.Set("isError", true)
	}
	return o
}

func asMCP(err error) *mcp.Error {
	var e *mcp.Error
	if errors.As(err, &e) {
		return e
	}
	return &mcp.Error{Code: mcp.CodeInternal, Message: fault.Of(err).Message}
}

func writeMessage(w http.ResponseWriter, status int, m *mcp.Message) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(m.JSON())
}
