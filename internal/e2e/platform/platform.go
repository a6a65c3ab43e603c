// Package platform starts the whole local platform as a process of its own and
// speaks its public API: what tests, benchmarks and the durability check stand on.
package platform

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
)

// Options say how the platform is started.
type Options struct {
	Binary string   // the program that `make dev` runs
	Data   string   // folder of its data, or ":memory:"
	Args   []string // further flags
	Env    []string // further variables
	Log    io.Writer
}

// Platform is a running platform.
type Platform struct {
	URL     string
	Keys    map[string]string // API key by tenant: dev-free, dev-pro, dev-enterprise; operator
	Startup time.Duration     // from the program's start to its ready line

	cmd  *exec.Cmd
	wait chan error
}

// info is DATA/dev.json.
type info struct {
	URL      string
	Tenants  map[string]struct{ APIKey string }
	Operator struct{ APIKey string }
}

// startTimeout is how long the platform may take to be ready.
const startTimeout = 60 * time.Second

// Start starts the platform and returns when it is ready.
func Start(ctx context.Context, o Options) (*Platform, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	infoFile := filepath.Join(os.TempDir(), "automatelanka-"+strings.ReplaceAll(addr, ":", "-")+".json")
	if o.Data != ":memory:" {
		infoFile = filepath.Join(o.Data, "dev.json")
	}
	args := append([]string{"--addr", addr, "--data", o.Data, "--info", infoFile, "--json"}, o.Args...)
	cmd := exec.CommandContext(ctx, o.Binary, args...)
	cmd.Env = append(os.Environ(), o.Env...)
	cmd.Dir = root()
	tail := &tail{}
	cmd.Stderr = io.MultiWriter(tail, orDiscard(o.Log))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	began := clock.Real().Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Platform{cmd: cmd, wait: make(chan error, 1), Keys: map[string]string{}}
	ready := make(chan bool, 1)
	go p.watch(out, ready, orDiscard(o.Log))
	select {
	case ok := <-ready:
		if !ok {
			return nil, fmt.Errorf("the platform ended before it was ready: %w\n%s", <-p.wait, tail)
		}
	case <-clock.Real().After(startTimeout):
		p.Kill()
		return nil, fmt.Errorf("the platform was not ready after %s:\n%s", startTimeout, tail)
	}
	p.Startup = clock.Real().Since(began)
	return p, p.read(infoFile)
}

func (p *Platform) watch(out io.Reader, ready chan<- bool, log io.Writer) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
			p.URL = url
			ready <- true
			continue
		}
		fmt.Fprintln(log, lines.Text())
	}
	p.wait <- p.cmd.Wait()
	select {
	case ready <- false:
	default:
	}
}

func (p *Platform) read(file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var i info
	if err := json.Unmarshal(b, &i); err != nil {
		return err
	}
	for name, t := range i.Tenants {
		p.Keys[name] = t.APIKey
	}
	p.Keys["operator"] = i.Operator.APIKey
	return nil
}

// Kill ends the process as kill -9 does.
func (p *Platform) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.wait
}

// Stop ends it cleanly, as Ctrl-C does.
func (p *Platform) Stop() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	select {
	case err := <-p.wait:
		return err
	case <-clock.Real().After(startTimeout):
		p.Kill()
		return errors.New("the platform did not stop")
	}
}

// CPU is the processor time that the process has used; only after it has ended.
func (p *Platform) CPU() time.Duration {
	s := p.cmd.ProcessState
	return s.UserTime() + s.SystemTime()
}

// PID is the process's id.
func (p *Platform) PID() int { return p.cmd.Process.Pid }

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func orDiscard(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}

// root is the folder of the module: the platform reads template.yaml there.
func root() string {
	dir, _ := os.Getwd()
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// Build compiles the platform's program into dir and returns its path.
func Build(ctx context.Context, dir string, flags ...string) (string, error) {
	bin := filepath.Join(dir, "automatelanka")
	cmd := exec.CommandContext(ctx, "go", append(append([]string{"build"}, flags...), "-o", bin, "./infra/dev")...)
	cmd.Dir = root()
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return bin, nil
}

// tail keeps the end of what was written, to show it when something fails.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b...)
	if over := len(t.b) - 8192; over > 0 {
		t.b = t.b[over:]
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}
