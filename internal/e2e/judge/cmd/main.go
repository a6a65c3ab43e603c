// Command cmd plays the judges' scenario; infra/tool/judge.sh calls it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/alecthomas/kong"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/e2e/judge"
	"github.com/automatelanka/automatelanka/internal/nodes/code"
	"github.com/automatelanka/automatelanka/internal/telemetry"
)

type flags struct {
	Own     ownCmd     `cmd:"" help:"Our local cloud with our own interpreter."`
	Machine machineCmd `cmd:"" help:"Our local cloud with a foreign interpreter of the state machine."`
	Stack   stackCmd   `cmd:"" help:"A stack that an emulator took by 'sam deploy'."`
	Verbose bool       `help:"Show the platform's log."`
}

func main() {
	code.MaybeRunWorker()
	var f flags
	k := kong.Parse(&f, kong.Name("judge"))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var log slog.Handler = slog.DiscardHandler
	if f.Verbose {
		log = telemetry.NewJSONHandler(os.Stderr, clock.Real(), slog.LevelInfo)
	}
	k.BindTo(ctx, (*context.Context)(nil))
	k.BindTo(log, (*slog.Handler)(nil))
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(1)
	}
}

type ownCmd struct {
	Template string `default:"template.yaml"`
}

func (c ownCmd) Run(ctx context.Context, log slog.Handler) error {
	o, err := judge.OpenOwn(ctx, c.Template, log, nil)
	if err != nil {
		return err
	}
	return errors.Join(verdict(ctx, "our own interpreter", &o.World), o.Close(ctx))
}

type machineCmd struct {
	Template string `default:"template.yaml"`
	Node     string `required:"" help:"Node's program, version 22."`
	Modules  string `required:"" help:"Folder with node_modules/aws-local-stepfunctions."`
}

func (c machineCmd) Run(ctx context.Context, log slog.Handler) error {
	dir, err := os.MkdirTemp("", "judge")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	modules, err := filepath.Abs(c.Modules)
	if err != nil {
		return err
	}
	m := &judge.Machine{Node: c.Node, Script: "internal/e2e/judge/machine.mjs", Modules: modules}
	o, err := judge.OpenOwn(ctx, c.Template, log, m)
	if err != nil {
		return err
	}
	err = m.Run(ctx, o.Cloud, dir)
	if err == nil {
		err = verdict(ctx, "aws-local-stepfunctions", &o.World)
	}
	starts, tasks := m.Counts()
	fmt.Printf("  %d state machine runs and %d tasks went through it\n", starts, tasks)
	if err == nil && (starts == 0 || tasks == 0) {
		err = errors.New("nothing went through the foreign interpreter")
	}
	return errors.Join(err, m.Close(), o.Close(ctx))
}

// verdict plays the scenario and tells what differs.
func verdict(ctx context.Context, where string, w *judge.World) error {
	began := clock.Real().Now()
	diffs, err := w.Play(ctx)
	if err != nil {
		return fmt.Errorf("on %s: %w", where, err)
	}
	for _, d := range diffs {
		fmt.Println(d)
	}
	if len(diffs) > 0 {
		return fmt.Errorf("on %s the scenario took another way", where)
	}
	fmt.Printf("ok  the scenario on %s: every status, attempt and call as it must be (%.1f s)\n", where, clock.Real().Since(began).Seconds())
	return nil
}
