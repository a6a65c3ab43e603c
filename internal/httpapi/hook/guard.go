package hook

import "net/http"

// sandbox makes every answer of a tenant a document of its own origin, so that a
// page that a workflow serves cannot act for somebody who uses the console on the
// same host.
const sandbox = "sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts allow-top-navigation-by-user-activation"

// guarded sets what no workflow may set, whatever headers it asks for.
type guarded struct {
	http.ResponseWriter
	done   bool
	policy string // what a page of the platform's own allows besides
}

// restrict adds a policy to the sandbox of an answer that is not written yet.
func restrict(w http.ResponseWriter, policy string) {
	if g, ok := w.(*guarded); ok {
		g.policy = policy
	}
}

// WriteHeader sets the headers at the last moment.
func (g *guarded) WriteHeader(status int) {
	if !g.done {
		g.done = true
		h := g.Header()
		h.Set("Content-Security-Policy", sandbox)
		if g.policy != "" {
			h.Set("Content-Security-Policy", sandbox+"; "+g.policy)
		}
		h.Set("X-Content-Type-Options", "nosniff")
		for _, name := range []string{"Service-Worker-Allowed", "Connection", "Transfer-Encoding", "Content-Length"} {
			h.Del(name)
		}
	}
	g.ResponseWriter.WriteHeader(status)
}

func (g *guarded) Write(b []byte) (int, error) {
	if !g.done {
		g.WriteHeader(http.StatusOK)
	}
	return g.ResponseWriter.Write(b)
}
