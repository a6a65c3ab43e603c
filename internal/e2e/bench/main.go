// Command bench measures the platform as a process of its own, durable storage
// on: runs per second, latency from accepted to completed, CPU per run, and the
// calls and capacity units that a run costs.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/alecthomas/kong"

	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

type options struct {
	Runs     int    `help:"Runs of each measurement." default:"2000"`
	Clients  []int  `help:"Numbers of clients that start runs at one time." default:"1,10,50"`
	Nodes    []int  `help:"Lengths of the workflows, in pure nodes." default:"3,10"`
	Slots    int    `help:"Concurrent runs of the tenant." default:"200"`
	Program  string `help:"The platform's program, to compare one with another; by default it is built from this tree." type:"existingfile"`
	Profiles string `help:"Folder to which profiles of each measurement are written: CPU, allocations, locks. They cost time themselves." type:"existingdir"`
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
	p, end, err := platform.Measured(ctx, o.Program, "--pprof", debug)
	if err != nil {
		return err
	}
	defer end()
	b := &bench{options: o, p: p, debug: "http://" + debug, client: p.As("dev-enterprise")}
	fmt.Printf("ready %v after the program's start\n\n", p.Startup.Round(time.Millisecond))
	if err := b.raiseLimit(ctx); err != nil {
		return err
	}
	fmt.Println("CPU and calls are the run's own: what the clients' questions for the status cost the platform is measured apart,")
	fmt.Println("taken off, and told as \"asking\"; what the clients themselves take of the same cores, as \"clients\".")
	fmt.Println("nodes  clients   runs/s   p50 ms   p99 ms   CPU ms/run   SDK calls/run   write units/run   questions/run   asking ms/run   clients ms/run")
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
	if _, _, err := b.burst(ctx, id, clients, 200); err != nil { // warm
		return err
	}
	profiled := b.profile(ctx, fmt.Sprintf("nodes%d-clients%d", nodes, clients))
	before, own := b.spent(ctx), ownCPU()
	jobs, asked, err := b.burst(ctx, id, clients, b.Runs)
	if err != nil {
		return err
	}
	runs, own := b.spent(ctx).since(before), ownCPU()-own
	if err := profiled(); err != nil {
		return err
	}
	question, err := b.question(ctx, clients, jobs)
	if err != nil {
		return err
	}
	r, err := b.timings(ctx, id, jobs)
	if err != nil {
		return err
	}
	n := float64(b.Runs)
	asking := question.times(float64(asked))
	alone := runs.since(asking)
	fmt.Printf("%5d  %7d  %7.0f  %7.1f  %7.1f  %11.2f  %14.1f  %16.1f  %14.1f  %14.2f  %15.2f\n", nodes, clients, r.rate, r.p50, r.p99,
		alone.cpuMs/n, alone.calls/n, runs.writes/n, float64(asked)/n, asking.cpuMs/n, own.Seconds()*1000/n)
	return nil
}

// question is what one question for a job's status costs, asked by as many clients.
func (b *bench) question(ctx context.Context, clients int, jobs []string) (cost, error) {
	before := b.spent(ctx)
	if err := b.questions(ctx, clients, jobs); err != nil {
		return cost{}, err
	}
	return b.spent(ctx).since(before).times(1 / float64(len(jobs))), nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
