package httpauth

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Prover tries credentials at their services.
type Prover struct {
	Records credential.Reader
	Source  node.CredentialSource
	HTTP    node.HTTPDoer
	SQL     map[string]node.SQLDriver // by type
	Redis   node.RedisDriver
}

// Proof is what a trial found.
type Proof struct {
	OK      bool
	Status  int // of HTTP; 0 if there was none
	Message string
}

// The limits of a trial.
const (
	proofTime = 15 * time.Second
	proofSize = 1 << 20 // bytes
)

// Prove tries a credential. That it does not work is no error.
func (p *Prover) Prove(ctx context.Context, t ident.Tenant, id ident.Credential) (Proof, error) {
	r, err := p.Records.Credential(ctx, t, id)
	if err != nil {
		return Proof{}, err
	}
	k := credential.Kinds().Get(r.Type)
	if k == nil || !k.Testable() {
		return Proof{}, fault.New(fault.Invalid, fault.CodeValidation, "Credentials of the type %s cannot be tested; run a workflow that uses it.", r.Type)
	}
	ref := workflow.CredentialRef{ID: string(r.ID), Name: r.Name}
	fields, err := p.Source.Open(ctx, string(t), r.Type, ref)
	if err == nil {
		s := &Session{Kind: k, Fields: fields, source: p.Source, tenant: string(t), typ: r.Type, ref: ref, clock: clockOf(p.HTTP)}
		return p.try(ctx, s)
	}
	if f := fault.Of(err); f.Kind == fault.Invalid { // not connected, or refused: that is the finding
		return Proof{Message: f.Message}, nil
	}
	return Proof{}, err
}

func (p *Prover) try(ctx context.Context, s *Session) (Proof, error) {
	found, err := Proof{}, error(nil)
	switch driver := p.SQL[s.typ]; {
	case driver != nil:
		found, err = signIn(func() (interface{ Close() }, error) { return driver.Connect(ctx, s.Fields, node.SQLOptions{}) })
	case s.typ == "redis":
		found, err = signIn(func() (interface{ Close() }, error) { return p.Redis.Connect(ctx, s.Fields) })
	case s.Kind.Test != nil:
		found, err = p.request(ctx, s)
	default:
		found = Proof{OK: true, Message: "The service gave a token; whether it has the rights shows when it is used."}
	}
	if f := fault.Of(err); err != nil && f.Kind != fault.Internal {
		found, err = Proof{Message: f.Message}, nil
	}
	found.Message = s.Hide(found.Message)
	return found, err
}

// signIn opens a connection, which signs in.
func signIn(connect func() (interface{ Close() }, error)) (Proof, error) {
	conn, err := connect()
	if err != nil {
		return Proof{}, err
	}
	conn.Close()
	return Proof{OK: true, Message: "The server let us in."}, nil
}

// request makes the type's test request.
func (p *Prover) request(ctx context.Context, s *Session) (Proof, error) {
	t := s.Kind.Test
	method := t.Method
	if method == "" {
		method = http.MethodGet
	}
	url := credential.FillURL(t.URL, s.Kind.Complete(s.Fields))
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(t.Body))
	if err != nil || req.URL.Host == "" {
		return Proof{Message: "The credential's address is no URL; mend it."}, nil
	}
	if t.Body == "" {
		req.Body, req.GetBody = http.NoBody, nil
	} else {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "AutomateLanka/1.0")
	resp, err := s.Do(p.HTTP, req, node.HTTPOptions{MaxBytes: proofSize, Timeout: proofTime})
	if err != nil {
		return Proof{}, err
	}
	body, err := safedial.ReadAll(resp)
	if err != nil {
		return Proof{}, err
	}
	return judge(t, resp.StatusCode, body), nil
}

// judge reads the answer of a test request.
func judge(t *credential.Test, status int, body []byte) Proof {
	good := status >= 200 && status < 300
	if t.Status != 0 {
		good = status == t.Status
	}
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return Proof{Status: status, Message: "The service refuses the credential; check its values, and that it has the rights."}
	case !good:
		return Proof{Status: status, Message: "The service answers with the status " + strconv.Itoa(status) + "; check the credential's values."}
	case t.Path != "" && !member(body, t.Path, t.Equals):
		return Proof{Status: status, Message: "The service answers, but not as to a good credential; check its values."}
	}
	return Proof{OK: true, Status: status, Message: "The service accepts the credential."}
}

// member reports whether a JSON answer has the member, with the value if one is given.
func member(body []byte, path, equals string) bool {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return false
	}
	for step := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		v = m[step]
	}
	if equals == "" {
		return v != nil && v != false
	}
	b, _ := json.Marshal(v)
	return credential.TextOf(b) == equals
}
