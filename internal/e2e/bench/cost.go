package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

// cost is what the platform has spent.
type cost struct{ cpuMs, calls, writes float64 }

func (c cost) since(o cost) cost {
	return cost{c.cpuMs - o.cpuMs, c.calls - o.calls, c.writes - o.writes}
}

func (c cost) times(n float64) cost { return cost{c.cpuMs * n, c.calls * n, c.writes * n} }

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

// ownCPU is the processor time of this process, which holds the clients.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
