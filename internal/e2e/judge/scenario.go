package judge

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

// patience is how long one run may take; the slowest judge needs seconds for a step.
const patience = 3 * time.Minute

// Outcome is how a run ended: what a client sees, and what the server of the side
// effects saw.
type Outcome struct {
	Status string
	Error  string
	Nodes  map[string]string // name: status and attempts
	Calls  map[string]int    // path: calls
}

// World is a platform on which the scenario runs.
type World struct {
	Client *platform.Client
	Server *Server
	// Dies says that the function of the node "Dies" dies in its first invocation.
	Dies bool
}

// step is one part of the scenario and what must come of it.
type step struct {
	name string
	run  func(ctx context.Context) (Outcome, error)
	want Outcome
}

// Play runs the scenario and returns what differs from what must come of it.
func (w *World) Play(ctx context.Context) ([]string, error) {
	var failed string // the execution that the second step leaves, to be resumed
	steps := []step{
		{"a run with side effects", func(ctx context.Context) (Outcome, error) { return w.start(ctx, w.completing(), nil) }, w.completed()},
		{"a run that fails", func(ctx context.Context) (Outcome, error) { return w.start(ctx, w.failing(), &failed) }, Outcome{
			Status: "failed", Error: "UPSTREAM_ERROR",
			Nodes: map[string]string{"Start": "completed 1", "Paid": "completed 1", "Broken": "failed 1"},
			Calls: map[string]int{"/paid": 1, "/broken": 1},
		}},
		{"its resume", func(ctx context.Context) (Outcome, error) { return w.resume(ctx, failed) }, Outcome{
			Status: "completed",
			Nodes:  map[string]string{"Start": "completed 1", "Paid": "completed 1", "Broken": "completed 1", "Never": "completed 1"},
			Calls:  map[string]int{"/paid": 1, "/broken": 2, "/never": 1},
		}},
	}
	var diffs []string
	for _, s := range steps {
		got, err := s.run(ctx)
		if err != nil {
			return diffs, fmt.Errorf("%s: %w", s.name, err)
		}
		if d := cmp.Diff(s.want, got); d != "" {
			diffs = append(diffs, fmt.Sprintf("%s (-wanted, +got):\n%s", s.name, d))
		}
	}
	return diffs, nil
}

// start saves a workflow, runs it and waits for its end.
func (w *World) start(ctx context.Context, workflow map[string]any, id *string) (Outcome, error) {
	text, err := json.Marshal(workflow)
	if err != nil {
		return Outcome{}, err
	}
	made, err := w.Client.Create(ctx, text)
	if err != nil {
		return Outcome{}, err
	}
	job, err := w.Client.Run(ctx, made, nil)
	if err != nil {
		return Outcome{}, err
	}
	if id != nil {
		*id = job
	}
	return w.outcome(ctx, job, workflow)
}

// resume mends the cause of the failure and goes on.
func (w *World) resume(ctx context.Context, id string) (Outcome, error) {
	w.Server.Mend()
	if err := w.Client.Call(ctx, http.MethodPost, "/api/executions/"+id+"/resume", struct{}{}, nil); err != nil {
		return Outcome{}, err
	}
	return w.outcome(ctx, id, w.failing())
}

// outcome waits for the end of a run and reads how it was.
func (w *World) outcome(ctx context.Context, id string, workflow map[string]any) (Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	job, err := w.Client.Await(ctx, id, platform.Job.Ended)
	if err != nil {
		return Outcome{}, err
	}
	var run struct {
		Nodes []struct {
			Name, Status string
			Attempts     int
		}
	}
	if err := w.Client.Call(ctx, http.MethodGet, "/api/executions/"+id, nil, &run); err != nil {
		return Outcome{}, err
	}
	out := Outcome{Status: job.Status, Nodes: map[string]string{}, Calls: map[string]int{}}
	if job.Error != nil {
		out.Error = job.Error.Code
	}
	for _, n := range run.Nodes {
		if n.Status != "pending" {
			out.Nodes[n.Name] = fmt.Sprintf("%s %d", n.Status, n.Attempts)
		}
	}
	text, _ := json.Marshal(workflow)
	for path, n := range w.Server.Calls() {
		if strings.Contains(string(text), w.Server.URL(path)+`"`) {
			out.Calls[path] = n
		}
	}
	return out, nil
}
