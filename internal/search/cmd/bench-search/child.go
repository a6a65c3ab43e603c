package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
)

// request is one line to a child.
type request struct {
	// Do is "index" (the templates are what is searched), "fresh" (forget the
	// queries), "embed" and "search" (each text alone), or "batch" (all in one call).
	Do    string   `json:"do"`
	Texts []string `json:"texts"`
}

// reply is the line that answers it.
type reply struct {
	MS      []float64   `json:"ms"` // of each text; of a batch one
	CPU     float64     `json:"cpu"`
	Vectors [][]float32 `json:"vectors"` // of "embed"
}

// side is one of the two that are compared.
type side struct {
	name string
	argv []string
}

func (s side) command(ctx context.Context, what string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.argv[0], append(slices.Clone(s.argv[1:]), what)...)
	cmd.Stderr = os.Stderr
	return cmd
}

// ended is a process that has ended.
type ended struct {
	wall, cpu float64 // ms
	memory    float64 // MB at its peak
}

// first runs a process that embeds one text.
func (s side) first(ctx context.Context) (ended, error) {
	cmd := s.command(ctx, "first")
	wall := clock.Real()
	began := wall.Now()
	if _, err := cmd.Output(); err != nil {
		return ended{}, fmt.Errorf("%s: %w (transformers.js is installed by make bench-search)", s.name, err)
	}
	e := endOf(cmd)
	e.wall = float64(wall.Since(began)) / float64(time.Millisecond)
	return e, nil
}

func endOf(cmd *exec.Cmd) ended {
	state := cmd.ProcessState
	e := ended{cpu: float64(state.UserTime()+state.SystemTime()) / float64(time.Millisecond)}
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		e.memory = float64(usage.Maxrss) / 1024
	}
	return e
}

// child is a process that measures what it is told to.
type child struct {
	side
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func (s side) start(ctx context.Context) (*child, error) {
	cmd := s.command(ctx, "serve")
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &child{s, cmd, in, bufio.NewReader(out)}, cmd.Start()
}

func (c *child) do(what string, texts ...string) (reply, error) {
	var r reply
	err := json.NewEncoder(c.in).Encode(request{what, texts})
	if err == nil {
		var line []byte
		if line, err = c.out.ReadBytes('\n'); err == nil {
			err = json.Unmarshal(line, &r)
		}
	}
	if err != nil {
		return r, fmt.Errorf("%s, %s: %w", c.name, what, err)
	}
	return r, nil
}

// end lets the process end and tells what it used.
func (c *child) end() (ended, error) {
	if err := c.in.Close(); err != nil {
		return ended{}, err
	}
	err := c.cmd.Wait()
	return endOf(c.cmd), err
}
