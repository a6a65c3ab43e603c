package lambdahost

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// ServeHTTP serves Lambda's Invoke operation:
// POST /2015-03-31/functions/{name}/invocations.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, ok := invokePath(r)
	if !ok {
		writeError(w, wire.Unsupported("Lambda's "+r.Method+" "+r.URL.Path))
		return
	}
	if q := r.URL.Query().Get("Qualifier"); q != "" && q != "$LATEST" {
		writeError(w, wire.Unsupported("versions and aliases of functions"))
		return
	}
	if r.Header.Get("X-Amz-Client-Context") != "" {
		writeError(w, wire.Unsupported("a client context"))
		return
	}
	if t := r.Header.Get("X-Amz-Log-Type"); t != "" && t != "None" {
		writeError(w, wire.Unsupported("the tail of a function's log"))
		return
	}
	body, err := wire.Body(r)
	if err != nil {
		writeError(w, err)
		return
	}
	c := Call{Function: name, Payload: body, Type: RequestResponse, Trace: r.Header.Get("X-Amzn-Trace-Id")}
	if t := r.Header.Get("X-Amz-Invocation-Type"); t != "" {
		c.Type = InvocationType(t)
	}
	result, err := h.Do(r.Context(), c)
	if err != nil {
		writeError(w, err)
		return
	}
	respond(w, c.Type, result)
}

func invokePath(r *http.Request) (string, bool) {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/2015-03-31/functions/")
	if !ok || r.Method != http.MethodPost {
		return "", false
	}
	escaped, ok := strings.CutSuffix(rest, "/invocations")
	if !ok {
		return "", false
	}
	name, err := url.PathUnescape(escaped)
	return name, err == nil
}

func respond(w http.ResponseWriter, typ InvocationType, r Result) {
	head := w.Header()
	head.Set("X-Amzn-Requestid", r.RequestID)
	switch typ {
	case Event:
		w.WriteHeader(http.StatusAccepted)
		return
	case DryRun:
		w.WriteHeader(http.StatusNoContent)
		return
	}
	head.Set("Content-Type", "application/json")
	head.Set("X-Amz-Executed-Version", "$LATEST")
	if r.FunctionError != "" {
		head.Set("X-Amz-Function-Error", r.FunctionError)
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(r.Payload)
}

func writeError(w http.ResponseWriter, err error) { wire.WriteError(w, err) }
