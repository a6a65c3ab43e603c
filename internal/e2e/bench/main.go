// Command bench measures the platform as a process of its own, durable storage
// on: runs per second, latency from accepted to completed, CPU per run, and the
// calls and capacity units that a run costs.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alecthomas/kong"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

type options struct {
	Runs    int   `help:"Runs of each measurement." default:"2000"`
	Clients []int `help:"Numbers of clients that start runs at one time." default:"1,10,50"`
	Nodes   []int `help:"Lengths of the workflows, in pure nodes." default:"3,10"`
	Slots   int   `help:"Concurrent runs of the tenant." default:"200"`
}

func main() {
	var o options
	kong.Parse(&o, kong.Description("Measures the local platform."))
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	debug, err := freePort()
	if err != nil {
		return err
	}
	p, end, err := platform.Measured(ctx, "--pprof", debug)
	if err != nil {
		return err
	}
	defer end()
	b := &bench{options: o, p: p, debug: "http://" + debug, client: p.As("dev-enterprise")}
	fmt.Printf("ready %v after the program's start\n\n", p.Startup.Round(time.Millisecond))
	if err := b.raiseLimit(ctx); err != nil {
		return err
	}
	fmt.Println("CPU and calls are the run's own: what the clients' questions for the status cost is measured apart and taken off.")
	fmt.Println("nodes  clients   runs/s   p50 ms   p99 ms   CPU ms/run   SDK calls/run   write units/run   questions/run")
	for _, n := range o.Nodes {
		for _, c := range o.Clients {
			if err := b.measure(ctx, n, c); err != nil {
				return err
			}
		}
	}
	return nil
}

type bench struct {
	options
	p      *platform.Platform
	debug  string
	client *platform.Client
	asked  atomic.Int64 // questions for the status of jobs
}

// raiseLimit gives the tenant slots enough, so that the engine is measured and not the line.
func (b *bench) raiseLimit(ctx context.Context) error {
	body := map[string]any{"limits": map[string]any{"maxConcurrent": b.Slots}}
	return b.p.As("operator").Call(ctx, http.MethodPut, "/api/admin/tenants/dev-enterprise", body, nil)
}

func (b *bench) measure(ctx context.Context, nodes, clients int) error {
	id, err := b.client.Create(ctx, chain(nodes))
	if err != nil {
		return err
	}
	if _, err := b.burst(ctx, id, clients, 200); err != nil { // warm
		return err
	}
	before := b.spent(ctx)
	b.asked.Store(0)
	jobs, err := b.burst(ctx, id, clients, b.Runs)
	if err != nil {
		return err
	}
	runs, asked := b.spent(ctx).since(before), float64(b.asked.Load())
	question, err := b.question(ctx, jobs)
	if err != nil {
		return err
	}
	r, err := b.timings(ctx, id, jobs)
	if err != nil {
		return err
	}
	n := float64(b.Runs)
	fmt.Printf("%5d  %7d  %7.0f  %7.1f  %7.1f  %11.2f  %14.1f  %16.1f  %14.1f\n", nodes, clients, r.rate, r.p50, r.p99,
		(runs.cpuMs-asked*question.cpuMs)/n, (runs.calls-asked*question.calls)/n, runs.writes/n, asked/n)
	return nil
}

// cost is what the platform has spent.
type cost struct{ cpuMs, calls, writes float64 }

func (c cost) since(o cost) cost {
	return cost{c.cpuMs - o.cpuMs, c.calls - o.calls, c.writes - o.writes}
}

func (b *bench) spent(ctx context.Context) cost {
	counts := b.meter(ctx)
	c := cost{cpuMs: b.cpu().Seconds() * 1000, writes: counts["dynamodb.write_units"]}
	for name, v := range counts {
		if service, what, _ := strings.Cut(name, "."); service != "lambda" && service != "apigateway" && strings.HasSuffix(what, "requests") {
			c.calls += v // invocations are made by the cloud, not by the SDK
		}
	}
	return c
}

// question is what one question for a job's status costs.
func (b *bench) question(ctx context.Context, jobs []string) (cost, error) {
	const many = 1000
	before := b.spent(ctx)
	for i := range many {
		if _, err := b.client.Status(ctx, jobs[i%len(jobs)]); err != nil {
			return cost{}, err
		}
	}
	c := b.spent(ctx).since(before)
	return cost{c.cpuMs / many, c.calls / many, c.writes / many}, nil
}

// burst starts runs from several clients; each waits for its run to end before
// it starts the next.
func (b *bench) burst(ctx context.Context, id string, clients, runs int) ([]string, error) {
	jobs := make([]string, runs)
	next := make(chan int)
	failed := make(chan error, clients)
	var wg sync.WaitGroup
	for range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				job, err := b.client.Run(ctx, id, nil)
				if err == nil {
					jobs[i] = job
					err = b.ended(ctx, job)
				}
				if err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	var err error
feed:
	for i := range runs {
		select {
		case next <- i:
		case err = <-failed:
			break feed
		}
	}
	close(next)
	wg.Wait()
	return jobs, err
}

// ended waits for the run's end. It asks rarely: the asking is not what is measured.
func (b *bench) ended(ctx context.Context, job string) error {
	for wait := 4 * time.Millisecond; ; wait = min(wait*2, 64*time.Millisecond) {
		if err := clock.Sleep(ctx, clock.Real(), wait); err != nil {
			return err
		}
		b.asked.Add(1)
		j, err := b.client.Status(ctx, job)
		if err != nil {
			return err
		}
		if j.Status == "failed" {
			return fmt.Errorf("job %s failed: %+v", job, j.Error)
		}
		if j.Ended() {
			return nil
		}
	}
}

type result struct{ rate, p50, p99 float64 }

// timings reads when each run was accepted and when it had ended, as the
// platform noted it.
func (b *bench) timings(ctx context.Context, id string, jobs []string) (result, error) {
	want := map[string]bool{}
	for _, j := range jobs {
		want[j] = true
	}
	var took []float64
	var first, last time.Time
	for cursor := ""; ; {
		var page struct {
			Items []struct {
				ID                   string
				QueuedAt, FinishedAt time.Time
			}
			NextCursor string
		}
		if err := b.client.Call(ctx, http.MethodGet, "/api/executions?limit=100&workflowId="+id+"&cursor="+cursor, nil, &page); err != nil {
			return result{}, err
		}
		for _, e := range page.Items {
			if !want[e.ID] {
				continue
			}
			took = append(took, float64(e.FinishedAt.Sub(e.QueuedAt).Microseconds())/1000)
			if first.IsZero() || e.QueuedAt.Before(first) {
				first = e.QueuedAt
			}
			if e.FinishedAt.After(last) {
				last = e.FinishedAt
			}
		}
		if cursor = page.NextCursor; cursor == "" || len(took) == len(jobs) {
			break
		}
	}
	if len(took) != len(jobs) {
		return result{}, fmt.Errorf("%d of %d runs are listed", len(took), len(jobs))
	}
	slices.Sort(took)
	at := func(q float64) float64 { return took[int(q*float64(len(took)-1))] }
	return result{float64(len(took)) / last.Sub(first).Seconds(), at(0.5), at(0.99)}, nil
}

// meter is what the local cloud has counted.
func (b *bench) meter(ctx context.Context) map[string]float64 {
	out := map[string]float64{}
	c := platform.Client{URL: b.debug, HTTP: http.DefaultClient}
	if err := c.Call(ctx, http.MethodGet, "/debug/meter", nil, &out); err != nil {
		fmt.Fprintln(os.Stderr, "bench: the meter cannot be read:", err)
	}
	return out
}

// ticksPerSecond is the unit of processor time in /proc (USER_HZ, fixed on Linux).
const ticksPerSecond = 100

// cpu is the processor time of the platform's process so far.
func (b *bench) cpu() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", b.p.PID()))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+2:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / ticksPerSecond
}

// chain is a workflow of a trigger and pure nodes.
func chain(n int) []byte {
	type m = map[string]any
	nodes := []m{{"id": "t", "name": "Start", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1, "position": []int{0, 0}, "parameters": m{}}}
	links := m{}
	before := "Start"
	for i := 1; i < n; i++ {
		name := "Set " + strconv.Itoa(i)
		nodes = append(nodes, m{"id": strconv.Itoa(i), "name": name, "type": "n8n-nodes-base.set", "typeVersion": 3.4, "position": []int{i * 200, 0},
			"parameters": m{"assignments": m{"assignments": []m{{"id": "a", "name": "n" + strconv.Itoa(i), "value": "={{ $json.n" + strconv.Itoa(i-1) + " }}", "type": "string"}}}, "includeOtherFields": true, "options": m{}}})
		links[before] = m{"main": [][]m{{{"node": name, "type": "main", "index": 0}}}}
		before = name
	}
	b, _ := json.Marshal(m{"name": "bench " + strconv.Itoa(n), "nodes": nodes, "connections": links, "settings": m{"executionOrder": "v1"}})
	return b
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
