package openai

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
)

// maxBody is the largest request that is read, in bytes.
const maxBody = 8 << 20

// Server is the HTTP handler; the zero value is not usable, see New.
type Server struct {
	clock clock.Clock
	mux   *http.ServeMux

	mu     sync.Mutex
	faults []Fault
	rules  []Rule
	calls  []Call
	embeds []EmbedCall
}

// Call is one chat request that arrived.
type Call struct {
	Model    string          `json:"model"`
	Stream   bool            `json:"stream"`
	Messages []Message       `json:"messages"`
	Status   int             `json:"status"` // what was answered; 0 if the connection was cut
	Body     json.RawMessage `json:"body"`
	Header   http.Header     `json:"-"`
}

// Rule gives a fixed answer to the requests whose last message contains Contains.
type Rule struct {
	Contains string `json:"contains"`
	Reply    string `json:"reply"`
	// Tool, if set, answers with a call of this tool; Reply is its arguments.
	Tool string `json:"tool"`
}

// New makes a Server; c drives delays and the created times.
func New(c clock.Clock) *Server {
	s := &Server{clock: c, mux: http.NewServeMux()}
	for _, base := range []string{"/v1", ""} {
		s.mux.HandleFunc("POST "+base+"/chat/completions", s.chat)
		s.mux.HandleFunc("POST "+base+"/embeddings", s.embed)
		s.mux.HandleFunc("GET "+base+"/models", s.models)
	}
	s.mux.HandleFunc("POST /_control/faults", s.control(func(b []byte) error {
		var list []Fault
		err := json.Unmarshal(b, &list)
		s.Push(list...)
		return err
	}))
	s.mux.HandleFunc("POST /_control/rules", s.control(func(b []byte) error {
		var list []Rule
		err := json.Unmarshal(b, &list)
		s.Answer(list...)
		return err
	}))
	s.mux.HandleFunc("POST /_control/reset", s.control(func([]byte) error { s.Reset(); return nil }))
	s.mux.HandleFunc("GET /_control/calls", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, s.Calls())
	})
	return s
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Push appends faults; each is used up by one chat request.
func (s *Server) Push(f ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f...)
}

// Answer adds rules; the first that matches counts.
func (s *Server) Answer(r ...Rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = append(s.rules, r...)
}

// Reset forgets faults, rules and calls.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.rules, s.calls, s.embeds = nil, nil, nil, nil
}

// Calls returns the chat requests so far.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// take records a call and returns the fault scripted for it.
func (s *Server) take(c Call) (Fault, []Rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var f Fault
	if len(s.faults) > 0 {
		f, s.faults = s.faults[0], s.faults[1:]
	}
	c.Status = f.status()
	s.calls = append(s.calls, c)
	return f, slices.Clone(s.rules)
}

func (s *Server) control(do func([]byte) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
		if err == nil {
			err = do(b)
		}
		if err != nil {
			badRequest(w, err.Error())
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *Server) chat(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	var req request
	if err == nil {
		err = json.Unmarshal(b, &req)
	}
	if err != nil {
		badRequest(w, "We could not parse the JSON body of your request.")
		return
	}
	f, rules := s.take(Call{Model: req.Model, Stream: req.Stream, Messages: req.Messages, Body: b, Header: r.Header.Clone()})
	if len(req.Messages) == 0 {
		badRequest(w, "[] is too short - 'messages'")
		return
	}
	if !s.delay(r, f) || f.refuse(w) {
		return
	}
	reply := answer(req, rules, s.clock.Now())
	if f.NoUsage {
		reply.Usage = nil
	}
	if f.Finish != "" {
		reply.Choices[0].FinishReason = f.Finish
	}
	if req.Stream {
		stream(w, req, reply, f)
		return
	}
	body, _ := json.Marshal(reply)
	if f.CutBody {
		cut(w, body[:len(body)/2])
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

// delay waits as the fault says; false if the caller went away.
func (s *Server) delay(r *http.Request, f Fault) bool {
	if f.Hang {
		<-r.Context().Done()
		return false
	}
	return clock.Sleep(r.Context(), s.clock, time.Duration(f.DelayMS)*time.Millisecond) == nil
}

func (s *Server) models(w http.ResponseWriter, _ *http.Request) {
	type model struct {
		ID      string `json:"id"`
		Object  string `json:"object"`
		Created int64  `json:"created"`
		OwnedBy string `json:"owned_by"`
	}
	var list []model
	for _, id := range strings.Fields("gpt-4o gpt-4o-mini gpt-4.1 gpt-4.1-mini gpt-4.1-nano o3-mini gpt-5 gpt-5-mini") {
		list = append(list, model{ID: id, Object: "model", Created: 1715367049, OwnedBy: "system"})
	}
	writeJSON(w, http.StatusOK, map[string]any{"object": "list", "data": list})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// problem is the body of an error answer.
type problem struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
}

// writeError answers in the form of OpenAI's errors.
func writeError(w http.ResponseWriter, status int, p problem) {
	writeJSON(w, status, map[string]problem{"error": p})
}

// badRequest answers a request that cannot be served.
func badRequest(w http.ResponseWriter, message string) {
	writeError(w, http.StatusBadRequest, problem{Message: message, Type: "invalid_request_error"})
}
