package hook

import (
	"net/http"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

// preflightAge is how long browsers may keep a preflight's answer, in seconds; n8n's.
const preflightAge = "300"

// allowOrigin lets pages of the origins that the webhook names read the answer.
func allowOrigin(w http.ResponseWriter, r *http.Request, allowed string) {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return
	}
	list := strings.Split(allowed, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	switch {
	case slices.Contains(list, "*"):
		w.Header().Set("Access-Control-Allow-Origin", "*")
	case slices.Contains(list, origin):
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Add("Vary", "Origin")
	}
}

// preflight answers a browser that asks whether a page may call the webhook.
func (s *Server) preflight(w http.ResponseWriter, r *http.Request, t ident.Tenant, path []string) {
	method := strings.ToUpper(r.Header.Get("Access-Control-Request-Method"))
	if method == "" {
		s.refuse(w, r, fault.New(fault.NotFound, fault.CodeNotFound, "No webhook listens to OPTIONS."))
		return
	}
	x, err := s.target(r.Context(), t, method, path)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if x.node.Type == trigger.TypeChat && r.Header.Get("Origin") == "null" {
		x.settings.AllowedOrigin = "*" // the hosted page, which is in a sandbox
	}
	answerPreflight(w, r, x.settings, method)
}

func answerPreflight(w http.ResponseWriter, r *http.Request, set trigger.Webhook, method string) {
	allowOrigin(w, r, set.AllowedOrigin)
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "OPTIONS, "+method)
	if names := r.Header.Get("Access-Control-Request-Headers"); names != "" {
		h.Set("Access-Control-Allow-Headers", names)
	}
	h.Set("Access-Control-Max-Age", preflightAge)
	w.WriteHeader(http.StatusNoContent)
}
