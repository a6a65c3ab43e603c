package hook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/httpapi/hook/page"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/ai"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/trigger/service"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// The actions of n8n's chat.
const (
	actionSend = "sendMessage"
	actionLoad = "loadPreviousSession"
)

// The bounds of what a chat is sent, in bytes.
const (
	maxSessionID = 255
	maxMessage   = 64 << 10
)

// chatToken is the header in which the hosted page shows that it was given out to
// somebody who knew the password: a sandboxed page cannot send the password itself.
const chatToken = "X-Chat-Token"

// tokenLife is how long a hosted page may send; then it must be loaded again.
const tokenLife = 12 * time.Hour

// startByChat shows a public chat's page, and answers what is sent to it.
func (s *Server) startByChat(w http.ResponseWriter, r *http.Request, x target) {
	allowOrigin(w, r, x.settings.AllowedOrigin)
	params, err := s.parameters(r.Context(), x.workflow, x.node)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if r.Method != http.MethodPost {
		s.chatPage(w, r, x, params)
		return
	}
	if r.Header.Get("Origin") == "null" { // our own page, which is in a sandbox
		w.Header().Set("Access-Control-Allow-Origin", "*")
	}
	if !s.knownPage(r.Context(), r, x) {
		if err := s.mayUse(w, r, x); err != nil {
			s.refuse(w, r, err)
			return
		}
	}
	c, err := s.read(r, x, nil)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	body, err := chatBody(c.body)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if textAt(body, "action") == actionLoad && textAt(params, "options", "loadPreviousSession") != "manually" {
		s.loadSession(w, r, x, textAt(body, "sessionId"))
		return
	}
	if len(c.item.Binary) > 0 && !flagAt(params, "options", "allowFileUploads") {
		s.refuse(w, r, fault.New(fault.Invalid, fault.CodeValidation, "This chat takes no files; its author can switch on allowFileUploads."))
		return
	}
	s.launchChat(w, r, x, body, chatItem(body, c.item))
}

// chatBody checks what was sent.
func chatBody(v any) (*value.Object, error) {
	body, ok := v.(*value.Object)
	if !ok {
		return nil, fault.New(fault.Invalid, fault.CodeValidation, `A chat is sent a JSON object: {"action": "sendMessage", "sessionId": "…", "chatInput": "…"}.`)
	}
	for _, m := range []struct {
		name string
		most int
	}{{"action", maxSessionID}, {"sessionId", maxSessionID}, {"messageId", maxSessionID}, {"chatInput", maxMessage}} {
		v, _ := body.Get(m.name)
		text, isText := v.(string)
		if v != nil && !isText {
			return nil, fault.New(fault.Invalid, fault.CodeValidation, "%s must be text.", m.name)
		}
		if len(text) > m.most {
			return nil, fault.New(fault.Invalid, fault.CodeValidation, "%s has more than %d bytes.", m.name, m.most)
		}
	}
	switch action := textAt(body, "action"); action {
	case "", actionSend:
		if strings.TrimSpace(textAt(body, "chatInput")) == "" {
			return nil, fault.New(fault.Invalid, fault.CodeValidation, "chatInput is missing: the message.")
		}
	case actionLoad:
	default:
		return nil, fault.New(fault.Invalid, fault.CodeValidation, "action is %q; use %s or %s.", action, actionSend, actionLoad)
	}
	return body, nil
}

// chatItem is the item of a message as n8n's chat gives it: what was sent, and
// files as data0, data1, … with their descriptions beside.
func chatItem(body *value.Object, read workflow.Item) workflow.Item {
	item := workflow.Item{JSON: value.NewObject(body.Len() + 1)}
	for name, v := range body.All() {
		if name != "messageId" {
			item.JSON.Set(name, v)
		}
	}
	var list []any
	for i := 0; len(read.Binary) > 0; i++ {
		name := "files" + strconv.Itoa(i)
		if len(read.Binary) == 1 && i == 0 {
			name = "files"
		}
		f, ok := read.Binary[name]
		if !ok {
			break
		}
		if item.Binary == nil {
			item.Binary = map[string]workflow.Binary{}
		}
		item.Binary["data"+strconv.Itoa(i)] = f
		list = append(list, value.Obj("fileName", f.FileName, "fileSize", float64(f.Size), "fileExtension", f.Extension, "mimeType", f.MimeType, "binaryKey", "data"+strconv.Itoa(i)))
	}
	if list != nil {
		item.JSON.Set("files", list)
	}
	return item
}

func flagAt(o *value.Object, path ...any) bool {
	v, _ := value.Path(o, path...)
	return v == true
}

// launchChat runs the workflow for a message and waits for its answer. A message
// that names itself (messageId) makes one run, however often it is sent.
func (s *Server) launchChat(w http.ResponseWriter, r *http.Request, x target, body *value.Object, item workflow.Item) {
	key := ""
	if id := textAt(body, "messageId"); id != "" {
		key = runKey(x, r.Method, "chat", textAt(body, "sessionId")+"\x00"+id)
	}
	launched, err := s.Executions.Launch(r.Context(), execution.Launch{
		Tenant: x.hook.Tenant, WorkflowID: x.hook.Workflow, Version: x.hook.Version,
		Start:   execution.Start{Node: x.node.Name, Items: []workflow.Item{item}, Mode: "webhook"},
		Trigger: "chat", TriggeredBy: "/" + x.hook.Path, IdempotencyKey: key,
	})
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.answerChat(r.Context(), w, execution.Ref{Tenant: x.hook.Tenant, ID: launched.ID}, x.settings.Mode == trigger.AnswerByNode)
}

// answerChat answers with what the workflow says; if that takes longer than a
// request may, with where to ask again.
func (s *Server) answerChat(ctx context.Context, w http.ResponseWriter, ref execution.Ref, byNode bool) {
	w.Header().Set("Cache-Control", "no-store")
	c, resp, err := s.await(ctx, ref, byNode)
	if err == nil && c == nil && resp == nil {
		err = s.laterChat(ctx, w, ref)
		if err == nil {
			return
		}
	}
	switch {
	case err != nil:
		s.fail(w, ref, err)
	case resp != nil:
		writeResponse(w, resp)
	case c.Status != execution.Completed:
		s.fail(w, ref, fault.New(fault.Internal, codeWorkflowFailed, "The workflow did not complete, so there is no answer; it can be asked again."))
	default:
		s.lastWords(ctx, w, *c)
	}
}

func (s *Server) laterChat(ctx context.Context, w http.ResponseWriter, ref execution.Ref) error {
	c, err := s.Executions.Get(ctx, ref)
	if err != nil {
		return err
	}
	url := "/hooks/" + string(ref.Tenant) + "/waiting/" + string(ref.ID) + "/" + form.Token(c.ResumeToken, form.ForChat) + "/" + form.ForChat
	writeJSON(w, http.StatusAccepted, map[string]any{"jobId": ref.ID, "status": execution.Running, "pollUrl": url})
	return nil
}

// lastWords answers with the last node's first item. What a chat shows of it is
// output, text or message; one of another shape gets output as well.
func (s *Server) lastWords(ctx context.Context, w http.ResponseWriter, c execution.Control) {
	last, err := s.Executions.LastOf(ctx, c)
	if err != nil {
		s.fail(w, c.Ref, err)
		return
	}
	answer := value.Obj("output", noData)
	if items := last.Given(); len(items) > 0 {
		answer = items[0].JSON
		if !says(answer) {
			answer = answer.Shallow()
			answer.Set("output", string(value.JSON(items[0].JSON)))
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(value.JSON(answer))
}

func says(o *value.Object) bool {
	for _, name := range []string{"output", "text", "message"} {
		if v, ok := o.Get(name); ok && v != nil {
			return true
		}
	}
	return false
}

// waitingChat answers a page that asks again for a late answer.
func (s *Server) waitingChat(w http.ResponseWriter, r *http.Request, ref execution.Ref, token string) {
	w.Header().Set("Access-Control-Allow-Origin", "*") // whoever has the address may read the answer
	x, err := s.waited(r.Context(), ref, token, form.ForChat)
	if err == nil && r.Method != http.MethodGet {
		err = fault.New(fault.NotFound, fault.CodeNotFound, "An answer is got with GET.")
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	byNode := false
	for _, n := range x.workflow.Nodes {
		byNode = byNode || n.Type == trigger.TypeChat && textAt(n.Parameters, "options", "responseMode") == trigger.AnswerByNode
	}
	s.answerChat(r.Context(), w, ref, byNode)
}

// chatPage shows the hosted chat.
func (s *Server) chatPage(w http.ResponseWriter, r *http.Request, x target, params *value.Object) {
	if mode := textAt(params, "mode"); mode != "" && mode != "hostedChat" {
		s.refusePage(w, r, fault.New(fault.NotFound, fault.CodeNotFound, "This chat has no page of its own: it is used from another page, which sends its messages here."))
		return
	}
	if err := s.mayUse(w, r, x); err != nil {
		s.refusePage(w, r, err)
		return
	}
	p := &page.Chat{
		Frame: page.Frame{CSS: textAt(params, "options", "customCss"), Attribution: true},
		Title: option(params, "title", "Hi there! 👋"), Subtitle: option(params, "subtitle", "Start a chat. We're here to help you 24/7."),
		Placeholder: option(params, "inputPlaceholder", "Type your question.."),
		Restore:     restores(params), Files: flagAt(params, "options", "allowFileUploads"), Accept: textAt(params, "options", "allowedFilesMimeTypes"),
		Token: s.pageToken(r.Context(), x, s.Clock.Now()),
	}
	p.Tab = p.Title
	greetings := "Hi there! 👋\nHow can I help you today?"
	if v, ok := params.Get("initialMessages"); ok {
		greetings, _ = v.(string)
	}
	for line := range strings.SplitSeq(greetings, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			p.Greetings = append(p.Greetings, line)
		}
	}
	s.show(w, http.StatusOK, p)
}

// option is a text among the options; def if it is not set.
func option(params *value.Object, name, def string) string {
	if v, ok := value.Path(params, "options", name); ok {
		return node.Text(v)
	}
	return def
}

func restores(params *value.Object) bool {
	v := textAt(params, "options", "loadPreviousSession")
	return v == "memory" || v == "manually"
}

// pageToken is what a hosted page sends instead of the password: a signature with
// it of the time until which the page may send; "" where none is asked for.
func (s *Server) pageToken(ctx context.Context, x target, now time.Time) string {
	secret := s.chatSecret(ctx, x)
	if secret == "" {
		return ""
	}
	until := strconv.FormatInt(now.Add(tokenLife).Unix(), 10)
	return until + "." + sign(secret, x, until)
}

func sign(secret string, x target, until string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(strings.Join([]string{"chat", string(x.hook.Tenant), string(x.hook.Workflow), x.node.Name, until}, "\x00")))
	return hex.EncodeToString(h.Sum(nil))
}

// knownPage reports whether a call shows a token that is good still.
func (s *Server) knownPage(ctx context.Context, r *http.Request, x target) bool {
	until, signature, ok := strings.Cut(r.Header.Get(chatToken), ".")
	end, err := strconv.ParseInt(until, 10, 64)
	if !ok || err != nil || s.Clock.Now().Unix() > end {
		return false
	}
	secret := s.chatSecret(ctx, x)
	return secret != "" && service.SameSecret(signature, sign(secret, x, until))
}

// chatSecret is the password that the chat asks for; "" if it asks for none.
func (s *Server) chatSecret(ctx context.Context, x target) string {
	typ, ref, asked := x.settings.Credential(x.node)
	if !asked || s.Credentials == nil {
		return ""
	}
	c, err := s.Credentials.Open(ctx, string(x.hook.Tenant), typ, ref)
	if err != nil || c["user"] == "" || c["password"] == "" {
		return ""
	}
	return c["user"] + "\x00" + c["password"]
}

// classes are LangChain's names of what a chat shows.
var classes = map[string]string{"user": "HumanMessage", "assistant": "AIMessage"}

// loadSession answers with the messages that the chat's memory has of a session,
// in the form that n8n's chat reads.
func (s *Server) loadSession(w http.ResponseWriter, r *http.Request, x target, session string) {
	list := []any{}
	if m := ai.MemoryOf(x.workflow, x.node); m != nil && s.Blobs != nil && session != "" && textAt(x.node.Parameters, "options", "loadPreviousSession") == "memory" {
		past, err := ai.Recall(r.Context(), node.OwnBlobs(s.Blobs, string(x.hook.Tenant)), ai.SessionKey(string(x.hook.Tenant), string(x.hook.Workflow), m.Name, session))
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		for _, message := range past {
			class := classes[message.Role]
			if class == "" {
				continue
			}
			list = append(list, value.Obj("lc", 1.0, "type", "constructor", "id", []any{"langchain_core", "messages", class},
				"kwargs", value.Obj("content", message.Content)))
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(value.JSON(value.Obj("data", list)))
}
