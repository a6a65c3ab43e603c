package hook

import (
	"context"
	"io"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/trigger/service"
	"github.com/automatelanka/automatelanka/internal/value"
)

// startByService runs the workflow for an event of a service that its node wants.
// What a call gives is only looked at after it has proved where it comes from.
func (s *Server) startByService(w http.ResponseWriter, r *http.Request, x target, typ *service.Type) {
	c, err := s.serviceCall(r, x)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if answer, ok, err := typ.Greet(x.node, c); err != nil {
		s.refuse(w, r, err)
		return
	} else if ok {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if name := typ.Handshake.Echo; name != "" {
			w.Header().Set(name, r.Header.Get(name))
		}
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, answer)
		return
	}
	if err := s.verify(r.Context(), x, typ, c); err != nil {
		s.refuse(w, r, err)
		return
	}
	if challenge, ok := typ.Challenge(c); ok {
		writeJSON(w, http.StatusOK, map[string]any{"challenge": challenge})
		return
	}
	items, err := typ.Read(x.node, c)
	switch {
	case err != nil:
		s.refuse(w, r, err)
	case len(items) == 0:
		writeJSON(w, http.StatusOK, map[string]any{"message": "The trigger does not listen to this event"})
	default:
		var key string
		if id := typ.DeliveryID(c); id != "" {
			key = runKey(x, r.Method, typ.Type, id)
		}
		s.launch(w, r, x, items, key)
	}
}

// serviceCall reads the call as the service made it.
func (s *Server) serviceCall(r *http.Request, x target) (service.Call, error) {
	read, err := s.read(r, x, nil)
	if err != nil {
		return service.Call{}, err
	}
	url := s.PublicURL + r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		url += "?" + r.URL.RawQuery
	}
	headers, _ := read.item.JSON.Get("headers")
	query, _ := read.item.JSON.Get("query")
	return service.Call{
		Method: r.Method, URL: url, Header: r.Header.Get, Raw: read.raw, Body: read.body,
		Headers: headers.(*value.Object), Query: query.(*value.Object), // read has just made them
	}, nil
}

// verify checks the call with the secret of the registration or of the node's
// credential; without one that could prove calls, all that protects is the address.
func (s *Server) verify(ctx context.Context, x target, typ *service.Type, c service.Call) error {
	var registered string
	if x.hook.Registers && s.Secrets != nil {
		var err error
		if registered, err = s.Secrets.Secret(ctx, x.hook); err != nil {
			return err
		}
	}
	used, ok := typ.Credential(x.node)
	if !ok && registered == "" {
		return nil
	}
	var fields map[string]string
	if ok {
		var err error
		if fields, err = s.fields(ctx, x, used); err != nil {
			return err
		}
	}
	return typ.Prove(c, registered, used, fields, s.Clock.Now())
}

// fields opens the credential by which the node's calls are proved.
func (s *Server) fields(ctx context.Context, x target, used service.Credential) (map[string]string, error) {
	if s.Credentials == nil {
		return nil, fault.New(fault.Forbidden, fault.CodeCredentialMissing, "This trigger has a credential of the type %s, which cannot be opened here.", used.Type)
	}
	return s.Credentials.Open(ctx, string(x.hook.Tenant), used.Type, x.node.Credentials[used.Type])
}
