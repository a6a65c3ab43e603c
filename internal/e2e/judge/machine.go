package judge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/automatelanka/automatelanka/infra/localcloud"
	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// Machine is a state machine service with a foreign interpreter: a process
// (machine.mjs) that gets starts as lines of JSON, and calls functions over HTTP.
type Machine struct {
	Node    string // Node's program, version 22
	Script  string // machine.mjs
	Modules string // folder with node_modules/aws-local-stepfunctions

	mu        sync.Mutex
	in        io.WriteCloser
	cmd       *exec.Cmd
	http      *http.Server
	host      *lambdahost.Host
	throttled map[string]bool
	starts    int
	tasks     int
}

// started is one line to the interpreter.
type started struct {
	Arn       string          `json:"arn"`
	Name      string          `json:"name"`
	Input     json.RawMessage `json:"input"`
	StartTime string          `json:"startTime"`
}

// Run starts the interpreter with the definition that the template deploys, its
// substitutions made. The functions of the cloud are what its tasks call.
func (m *Machine) Run(ctx context.Context, cloud *localcloud.Cloud, dir string) error {
	machines := cloud.Stack().StateMachines
	if len(machines) != 1 {
		return fmt.Errorf("the template has %d state machines", len(machines))
	}
	definition := filepath.Join(dir, "definition.json")
	if err := os.WriteFile(definition, machines[0].Definition, 0o600); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	m.host, m.throttled = cloud.Functions(), map[string]bool{}
	m.http = &http.Server{Handler: http.HandlerFunc(m.invoke)}
	go func() { _ = m.http.Serve(l) }()
	m.cmd = exec.CommandContext(ctx, m.Node, m.Script, definition, "http://"+l.Addr().String(), m.Modules)
	m.cmd.Stdout, m.cmd.Stderr = os.Stderr, os.Stderr
	if m.in, err = m.cmd.StdinPipe(); err != nil {
		return err
	}
	return m.cmd.Start()
}

// Counts are the runs and the tasks that went through the interpreter.
func (m *Machine) Counts() (starts, tasks int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.starts, m.tasks
}

// Close ends the interpreter.
func (m *Machine) Close() error {
	if m.cmd == nil {
		return nil
	}
	return errors.Join(m.in.Close(), m.cmd.Wait(), m.http.Close())
}

// catch gives admit a network on which Step Functions is this machine.
func (m *Machine) catch(construct localcloud.Constructor) localcloud.Constructor {
	return func(ctx context.Context, env localcloud.Env) (lambda.Handler, error) {
		env.AWS.HTTPClient = caught{machine: m, next: env.AWS.HTTPClient}
		return construct(ctx, env)
	}
}

// caught is admit's network.
type caught struct {
	machine *Machine
	next    aws.HTTPClient
}

func (c caught) Do(r *http.Request) (*http.Response, error) {
	if r.Header.Get("X-Amz-Target") != "AWSStepFunctions.StartExecution" {
		return c.next.Do(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	answer, err := c.machine.start(body)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body: io.NopCloser(bytes.NewReader(answer)), Request: r,
	}, nil
}

// start hands a run to the interpreter.
func (m *Machine) start(request []byte) ([]byte, error) {
	var in struct{ StateMachineArn, Name, Input string }
	if err := json.Unmarshal(request, &in); err != nil {
		return nil, err
	}
	now := clock.Real().Now()
	arn := strings.Replace(in.StateMachineArn, ":stateMachine:", ":express:", 1) + ":" + in.Name
	line, err := json.Marshal(started{Arn: arn, Name: in.Name, Input: json.RawMessage(in.Input), StartTime: now.UTC().Format("2006-01-02T15:04:05.000Z")})
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.starts++
	if _, err := m.in.Write(append(line, '\n')); err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"executionArn": arn, "startDate": float64(now.UnixMilli()) / 1000})
}

// invoke runs a function for a task of the interpreter. The first invocation of
// each function is refused as throttled, which the definition must retry.
func (m *Machine) invoke(w http.ResponseWriter, r *http.Request) {
	arn := r.Header.Get("X-Function")
	payload, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	m.mu.Lock()
	m.tasks++
	first := !m.throttled[arn]
	m.throttled[arn] = true
	m.mu.Unlock()
	if first {
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	res, err := m.host.Invoke(r.Context(), arn, payload, lambdahost.RequestResponse)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if res.FunctionError != "" {
		w.Header().Set("X-Function-Error", res.FunctionError)
	}
	_, _ = w.Write(res.Payload)
}
