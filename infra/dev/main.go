// Command dev runs the whole platform on one machine, on the embedded local
// cloud. `make dev` builds and starts it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/automatelanka/automatelanka/infra/dev/issuer"
	"github.com/automatelanka/automatelanka/infra/dev/local"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/nodes/code"
	"github.com/automatelanka/automatelanka/internal/telemetry"
)

// flags are the command's settings.
type flags struct {
	Addr          string   `help:"Address to serve on." default:"127.0.0.1:8080" env:"ADDR"`
	Data          string   `help:"Folder of all data; :memory: for none." default:".data" env:"DATA"`
	Template      string   `help:"The SAM template to run." default:"template.yaml"`
	Info          string   `help:"File to write addresses and keys to; with --data they are in DATA/dev.json."`
	OpenAIBaseURL string   `help:"OpenAI-compatible server for AI nodes without a credential; by default OpenAI with OPENAI_API_KEY, or a small one of the platform's own." name:"openai-base-url"`
	AllowHost     []string `help:"Address (host:port) that workflows may call although it is private; repeatable." sep:"none"`
	ClockSpeed    float64  `help:"Run the clock this many times as fast." default:"1"`
	JSON          bool     `help:"Logs as in production, one JSON object a line."`
	Fsync         bool     `help:"Survive power loss too, not only the process's death."`
	Pprof         string   `help:"Serve profiles on this address."`
	Quiet         bool     `help:"Log warnings and errors only."`
	cloudFlags
}

func main() {
	code.MaybeRunWorker()
	tuneCollector()
	leaveOutAllocations()
	var f flags
	kong.Parse(&f, kong.Name("automatelanka"), kong.Description("The whole platform on one machine."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, f); err != nil {
		fmt.Fprintln(os.Stderr, "automatelanka:", err)
		os.Exit(1)
	}
}

// collectAt is how much the heap grows, in percent, before garbage is collected.
// The process holds some 50 MB that live and makes garbage fast: at Go's 100 the
// collector took a fifth of a run's CPU (make bench), at 400 a twentieth.
const collectAt = 400

// tuneCollector trades memory for CPU, unless GOGC says otherwise.
func tuneCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
}

func run(ctx context.Context, f flags) error {
	if f.Data == ":memory:" {
		f.Data = ""
	} else if err := os.MkdirAll(f.Data, 0o700); err != nil {
		return err
	}
	c := clock.Scaled(f.ClockSpeed)
	log := f.logHandler(c)
	listener, err := net.Listen("tcp", f.Addr)
	if err != nil {
		return fmt.Errorf("%w; choose another address with ADDR", err)
	}
	base, key, err := f.provider(ctx, c)
	if err != nil {
		return err
	}
	var p *local.Platform
	signIn, err := issuer.New("http://"+listener.Addr().String(), c, func(ctx context.Context) ([]issuer.Person, error) {
		members, err := p.Members(ctx)
		people := make([]issuer.Person, len(members))
		for i, m := range members {
			people[i] = issuer.Person{Email: m.Email, Name: m.Name, Tenant: string(m.Tenant), Role: string(m.Role)}
		}
		return people, err
	})
	if err != nil {
		return err
	}
	p, err = local.Open(ctx, local.Options{
		Template: f.Template, Data: f.Data, PublicURL: "http://" + listener.Addr().String(), Clock: c, Log: log,
		OpenAIBaseURL: base, OpenAIKey: key, AllowHosts: f.AllowHost, Fsync: f.Fsync, Cloud: f.apply,
		OIDCIssuer: signIn.URL(), OIDCClient: issuer.ClientID,
	})
	if err != nil {
		return err
	}
	if f.Pprof != "" {
		go serveProfiles(f.Pprof, p.Cloud.Meter().Snapshot, slog.New(log))
	}
	return serve(ctx, f, p, listener, signIn)
}

// serve answers requests until ctx ends, then stops cleanly.
func serve(ctx context.Context, f flags, p *local.Platform, l net.Listener, signIn http.Handler) error {
	mux := http.NewServeMux()
	mux.Handle(issuer.Path+"/", signIn)
	mux.Handle("/", p.Handler())
	server := local.Server(mux)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	if err := p.WriteInfo(f.Info); err != nil {
		return err
	}
	if !f.JSON {
		greet(p, l.Addr().String())
	}
	fmt.Printf("ready http://%s\n", l.Addr())
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return errors.Join(err, unlessLate(server.Shutdown(grace)), unlessLate(p.Close(grace)))
}

// unlessLate passes over that the time to stop in was too short for the calls that
// were under way: their executions go on at the next start, as after a crash.
func unlessLate(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// greet prints, for a person, where the console is, and addresses that sign in by
// one click. The key is in the fragment, which browsers never send.
func greet(p *local.Platform, addr string) {
	fmt.Printf("\nAutomateLanka runs on one machine.\n\n  %-15s http://%s/\n", "console", addr)
	for _, name := range []string{"dev-free", "dev-pro", "dev-enterprise"} {
		fmt.Printf("  %-15s http://%s/#key=%s\n", name, addr, p.Keys.Tenants[name])
	}
	fmt.Printf("  %-15s http://%s/#key=%s\n\n", "operator", addr, p.Keys.Operator)
}

func (f flags) logHandler(c clock.Clock) slog.Handler {
	level := slog.LevelInfo
	if f.Quiet {
		level = slog.LevelWarn
	}
	if f.JSON {
		return telemetry.NewJSONHandler(os.Stderr, c, level)
	}
	return newPretty(os.Stderr, c, level)
}
