package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/automatelanka/automatelanka/internal/execution"
)

// machine is one state machine run: what execution.asl.json does, one state at a time.
type machine struct {
	id       string
	began    time.Time
	input    execution.MachineInput
	next     string // advance, wait, run or "" when it has ended
	wakeAt   time.Time
	tasks    []execution.Task
	reports  []execution.Report
	advances int
	busy     bool // one of its functions runs
}

func (w *world) startMachine(name string, input []byte) {
	w.serial++
	m := &machine{id: fmt.Sprintf("%s:%d", name, w.serial), began: w.clock.Now(), next: "advance"}
	if err := json.Unmarshal(input, &m.input); err != nil {
		panic(err)
	}
	m.reports = m.input.Reports
	w.machines = append(w.machines, m)
	w.note("machine %s starts", m.id)
}

// runnable reports whether the machine run can take a state now. One that is over
// its life ends without a Catch, as Express does.
func (w *world) runnable(m *machine) bool {
	if m.next == "" || m.busy {
		return false
	}
	if w.clock.Now().Sub(m.began) >= execution.MachineLife {
		w.note("machine %s timed out", m.id)
		w.saw["a machine run timed out"]++
		m.next = ""
		return false
	}
	return m.next != "wait" || !w.clock.Now().Before(m.wakeAt)
}

// step takes one state.
func (w *world) step(m *machine) {
	before := w.current
	w.current, m.busy = m, true
	defer func() { w.current, m.busy = before, false }()
	switch m.next {
	case "wait":
		m.next = "advance"
	case "advance":
		w.advance(m)
	case "run":
		w.runTask(m)
	}
}

func (w *world) advance(m *machine) {
	a := &execution.Advancer{
		Store: w.runs, States: w.fresh(), Nodes: w.nodes, Line: w.admit, Limits: w, Observer: quiet{}, Clock: w.clock,
		Log: silent, ResumeURL: func(execution.Control) string { return "" },
	}
	m.advances++
	in := execution.AdvanceInput{MachineInput: m.input, MachineRun: m.id, MachineStart: m.began}
	in.Reports = m.reports
	var d execution.Directive
	err := w.function(func(ctx context.Context) (err error) {
		d, err = a.Advance(ctx, in)
		return err
	})
	w.note("machine %s advance -> %s %v %v", m.id, d.Do, d.Tasks, err)
	switch {
	case err != nil && m.advances < 4:
		return // the ASL retries advance
	case err != nil:
		m.next = "" // the machine run fails; sweep finds what is left
	case d.Do == "run":
		m.next, m.tasks, m.reports, m.advances = "run", d.Tasks, []execution.Report{}, 0
	case d.Do == "wait":
		m.next, m.wakeAt, m.advances = "wait", w.clock.Now().Add(time.Duration(d.Seconds)*time.Second), 0
	default:
		m.next = ""
	}
}

// runTask runs one task of the Map; now and then the service invokes it twice.
func (w *world) runTask(m *machine) {
	i := w.among(len(m.tasks))
	task := m.tasks[i]
	m.tasks = append(m.tasks[:i:i], m.tasks[i+1:]...)
	times := 1
	if w.chance(0.03) {
		times = 2
	}
	report := execution.Report{Seq: task.Seq}
	for range times {
		report = w.invoke(m, task)
	}
	m.reports = append(m.reports, report)
	if len(m.tasks) == 0 {
		m.next = "advance"
	}
}

// invoke runs a node function once; its death becomes a report, by Catch.
func (w *world) invoke(m *machine, task execution.Task) execution.Report {
	w.serial++
	token := fmt.Sprintf("invocation-%d", w.serial)
	r := &execution.Runner{
		Store: w.runs, States: w.fresh(), Nodes: w.nodes, Observer: quiet{}, Clock: w.clock,
		ResumeURL: func(execution.Control) string { return "" },
	}
	in := execution.TaskInput{Tenant: m.input.Tenant, Execution: m.input.Execution, Generation: m.input.Generation, MachineRun: m.id, Task: task}
	var report execution.Report
	before := w.timed
	w.timed = true
	defer func() { w.timed = before }()
	err := w.function(func(ctx context.Context) (err error) {
		report, err = r.Run(ctx, in, token)
		return err
	})
	w.note("machine %s task %s/%d attempt %d: %v", m.id, task.Node, task.Seq, task.Attempt, err)
	if err != nil {
		return execution.Report{Seq: task.Seq, Attempt: task.Attempt, Node: task.Node, Run: task.Run, Error: "Runtime.ExitError"}
	}
	return report
}

// fresh returns the kept states, or none: another instance answers.
func (w *world) fresh() *execution.States {
	if w.chance(0.5) {
		w.states = &execution.States{Store: w.runs, Workflows: w}
	}
	return w.states
}

// function runs f as an invocation that may be killed at one of its calls.
func (w *world) function(f func(ctx context.Context) error) error {
	w.wire.killAt, w.wire.killed, w.wire.spent = -1, false, 0
	if w.wire.rate > 0 && w.chance(0.05) {
		w.wire.killAt = w.rnd.IntN(5)
	}
	if w.killNext != nil {
		w.wire.killAt, w.killNext = *w.killNext, nil
	}
	err := f(context.Background())
	if w.wire.killed {
		err = errKilled
		w.saw["a function was killed"]++
	}
	w.wire.killAt, w.wire.killed = -1, false
	return err
}
