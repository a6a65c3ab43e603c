package stepfunctions

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/internal/clock"
)

type echo struct{}

func (echo) Invoke(_ context.Context, function string, payload []byte) (Result, error) {
	switch {
	case function != "advance":
	case bytes.Contains(payload, []byte("results")):
		return Result{Payload: []byte(`{"do":"stop"}`)}, nil
	default:
		return Result{Payload: []byte(`{"do":"run","nodes":["a","b"]}`)}, nil
	}
	return Result{Payload: payload}, nil
}

// cpu is the processor time that the process has used.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const shortInput = `{"tenant":"ten_01J0000000000000000000000","execution":"exe_01J0000000000000000000000","generation":1}`

// benchRuns starts b.N runs through start, clients at a time, and waits for their
// ends. It reports the processor time per run.
func benchRuns(b *testing.B, dir string, definition string, start func(s *Service, arn string) error) {
	store, err := kv.OpenPebble(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	var open sync.WaitGroup
	s := New(Options{Store: store, Clock: clock.Real(), Invoker: echo{}, OnEnd: func(RunEnd) { open.Done() }})
	if err := s.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	arn, err := s.CreateStateMachine(MachineSpec{Name: "m", Definition: definition, Express: true})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetParallelism(32)
	b.ResetTimer()
	before := cpu(b)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			open.Add(1)
			if err := start(s, arn); err != nil {
				b.Error(err)
				open.Done()
			}
		}
	})
	open.Wait()
	b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/1000/float64(b.N), "cpu-µs/run")
}

func startDirect(s *Service, arn string) error {
	_, err := s.StartExecution(arn, "", shortInput)
	return err
}

func startByWire(s *Service, arn string) error {
	body := `{"stateMachineArn":"` + arn + `","input":"` + strings.ReplaceAll(shortInput, `"`, `\"`) + `"}`
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", "AWSStepFunctions.StartExecution")
	s.ServeHTTP(httptest.NewRecorder(), r)
	return nil
}

func BenchmarkOneTaskInMemory(b *testing.B) { benchRuns(b, "", oneTask, startDirect) }
func BenchmarkOneTaskOnDisk(b *testing.B)   { benchRuns(b, b.TempDir(), oneTask, startDirect) }
func BenchmarkOneTaskByWire(b *testing.B)   { benchRuns(b, b.TempDir(), oneTask, startByWire) }

// BenchmarkFourTasksOnDisk is advance, a Map of two nodes, and advance again.
func BenchmarkFourTasksOnDisk(b *testing.B) { benchRuns(b, b.TempDir(), fanOut, startDirect) }
