package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
)

// runtimeAPI is what a function on Lambda talks to: it asks for the next event and
// posts its answer.
type runtimeAPI struct {
	event   string
	served  bool
	answers chan answer
}

type answer struct {
	at   time.Time
	body string
}

func (a *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/invocation/next") {
		if a.served { // the function waits for more
			<-r.Context().Done()
			return
		}
		a.served = true
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "1")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(clock.Real().Now().Add(time.Minute).UnixMilli()))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:search")
		_, _ = io.WriteString(w, a.event)
		return
	}
	body, _ := io.ReadAll(r.Body)
	a.answers <- answer{clock.Real().Now(), string(body)}
	w.WriteHeader(http.StatusAccepted)
}

// searchEvent is an event of the HTTP API for a search.
const searchEvent = `{"version":"2.0","routeKey":"GET /api/templates/search","rawPath":"/api/templates/search",
	"rawQueryString":"q=when+a+customer+pays+send+a+welcome+email","headers":{"host":"x"},
	"requestContext":{"http":{"method":"GET","path":"/api/templates/search"},"authorizer":{"lambda":{"tenant":"ten_1","role":"viewer","actor":"key_1"}}}}`

// coldStart builds the function search and starts it again and again, from the
// process's start to the answer of its first request.
func coldStart(ctx context.Context, dir string, starts int) error {
	program := filepath.Join(dir, "bootstrap")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "./functions/search")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	var wall, cpu, memory []float64
	for range starts {
		w, c, m, err := startOnce(ctx, program)
		if err != nil {
			return err
		}
		wall, cpu, memory = append(wall, w), append(cpu, c), append(memory, m)
	}
	for _, r := range []struct {
		what string
		list []float64
	}{{"function search: start to first answer (ms)", wall}, {"the same, CPU time (ms)", cpu}, {"the same, memory (MB)", memory}} {
		fmt.Printf("%-44s %14.2f\n", r.what, quantile(r.list, 0.5))
	}
	return nil
}

func startOnce(ctx context.Context, program string) (wall, cpu, memory float64, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, 0, 0, err
	}
	api := &runtimeAPI{event: searchEvent, answers: make(chan answer, 1)}
	server := &http.Server{Handler: api, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	cmd := exec.CommandContext(ctx, program)
	cmd.Env = append(os.Environ(), "AWS_LAMBDA_RUNTIME_API="+l.Addr().String(), "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=x",
		"AWS_SECRET_ACCESS_KEY=x", "DATA_BUCKET=none", "MALLOC_MMAP_THRESHOLD_=65536", "_HANDLER=bootstrap", "AWS_LAMBDA_FUNCTION_NAME=search")
	began := clock.Real().Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, 0, err
	}
	defer func() { _ = cmd.Wait() }()
	var got answer
	select {
	case got = <-api.answers:
	case <-clock.Real().After(time.Minute):
		err = fmt.Errorf("the function did not answer")
	}
	cpu, memory = usageOf(cmd.Process.Pid)
	_ = cmd.Process.Kill()
	if err == nil && !strings.Contains(got.body, `\"by\":\"meaning\"`) {
		err = fmt.Errorf("the function answered %.300s", got.body)
	}
	return float64(got.at.Sub(began)) / float64(time.Millisecond), cpu, memory, err
}

// usageOf reads what a living process has used: ms of CPU, and MB at its peak
// (Linux; 0 elsewhere).
func usageOf(pid int) (cpu, memory float64) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err == nil {
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		var user, system float64
		_, _ = fmt.Sscan(fields[11], &user)
		_, _ = fmt.Sscan(fields[12], &system)
		cpu = (user + system) * 10 // a tick is 10 ms
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if _, rest, ok := strings.Cut(string(status), "VmHWM:"); ok && err == nil {
		_, _ = fmt.Sscan(rest, &memory)
	}
	return cpu, memory / 1024
}
