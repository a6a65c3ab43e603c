package service

import (
	"cmp"
	"context"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// world runs one node with the services of node-data.
type world struct {
	typ      string
	version  float64
	services node.Services
	settings string // further members of the node, as JSON
	run      string // the execution; "": e
}

// vault opens every credential as the same fields.
type vault map[string]string

func (v vault) Open(context.Context, string, string, workflow.CredentialRef) (map[string]string, error) {
	return v, nil
}

func object(t *testing.T, text string) *value.Object {
	t.Helper()
	o, err := value.ParseObject([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return o
}

// items are input items of JSON texts.
func items(t *testing.T, texts ...string) []workflow.Item {
	t.Helper()
	out := make([]workflow.Item, len(texts))
	for i, s := range texts {
		out[i] = workflow.Item{JSON: object(t, s)}
	}
	return out
}

func (w world) execute(t *testing.T, parameters string, in []workflow.Item) node.Outcome {
	t.Helper()
	env, step := w.step(t, parameters, in)
	return node.Execute(t.Context(), env, step)
}

// call is a run of the node that is asked directly.
func (w world) call(t *testing.T, parameters string) *node.Call {
	t.Helper()
	env, step := w.step(t, parameters, nil)
	c := env.NewCall(t.Context(), env.Registry.Lookup(step.Node.Type, step.Node.TypeVersion), step, step.Inputs)
	t.Cleanup(c.Close)
	return c
}

func (w world) step(t *testing.T, parameters string, in []workflow.Item) (*node.Env, walk.Step) {
	t.Helper()
	n := object(t, `{"name": "N", "id": "n", "credentials": {"postgres": {"id": "c", "name": "db"}, "timescaleDb": {"id": "c", "name": "db"}, "crateDb": {"id": "c", "name": "db"}, "questDb": {"id": "c", "name": "db"}, "mySql": {"id": "c", "name": "db"}, "redis": {"id": "c", "name": "db"}, "smtp": {"id": "c", "name": "m"}, "imap": {"id": "c", "name": "m"}, "ftp": {"id": "c", "name": "f"}, "sftp": {"id": "c", "name": "f"}, "sshPassword": {"id": "c", "name": "s"}}`+w.settings+`}`)
	n.Set("type", "n8n-nodes-base."+w.typ)
	n.Set("typeVersion", w.version)
	n.Set("parameters", object(t, parameters))
	wf, err := workflow.FromValue(value.Obj("nodes", []any{n}, "settings", value.Obj("executionOrder", "v1")))
	if err != nil {
		t.Fatal(err)
	}
	walker, err := walk.New(wf, walk.Options{Start: "N"})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2024, 5, 17, 12, 30, 0, 0, time.UTC)
	env := &node.Env{
		Workflow: wf, Registry: node.NewRegistry(Types()), History: walker.History(), Clock: clock.Real(), Services: w.services,
		Run: node.RunInfo{Tenant: "t", ExecutionID: cmp.Or(w.run, "e"), Mode: "manual", Timezone: "UTC", Now: now, ResumeURL: "https://al.example/hooks/t/waiting/e/tok"},
	}
	return env, walk.Step{Node: wf.Node("N"), Inputs: [][]workflow.Item{in}, Sources: make([]workflow.Source, 1)}
}

// gives runs the node and compares the JSON of its items.
func (w world) gives(t *testing.T, parameters string, in []workflow.Item, want string) {
	t.Helper()
	out := w.execute(t, parameters, in)
	if out.Run.Failed() {
		t.Fatalf("%s\nfails: %v %+v", parameters, out.Err, out.Run.Error)
	}
	list := []any{}
	for _, it := range out.Run.Outputs[0] {
		list = append(list, it.JSON)
	}
	if got := string(value.JSON(list)); got != want {
		t.Errorf("%s\ngives %s\nnot   %s", parameters, got, want)
	}
}

// fails runs the node and returns its failure.
func (w world) fails(t *testing.T, parameters string, in []workflow.Item) *fault.Error {
	t.Helper()
	out := w.execute(t, parameters, in)
	if out.Err == nil {
		t.Fatalf("%s\ndoes not fail: %s", parameters, workflow.AppendItems(nil, out.Run.Outputs[0]))
	}
	return out.Err
}

// awaitSQL returns once the server takes the credential: it listens before it is ready.
func (w world) awaitSQL(t *testing.T, d node.SQLDriver) {
	t.Helper()
	for {
		conn, err := d.Connect(t.Context(), w.services.Credentials.(vault), node.SQLOptions{})
		if err == nil {
			conn.Close()
			return
		}
		if !fault.Of(err).Transient() || clock.Sleep(t.Context(), clock.Real(), 50*time.Millisecond) != nil {
			t.Fatal(err)
		}
	}
}
