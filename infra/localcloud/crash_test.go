package localcloud_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud"
	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
)

// The test binary runs itself as a child that is killed. This is how the child is
// told what to do: the folder of the data, and whether to take new orders.
const (
	childData = "LOCALCLOUD_CHILD_DATA"
	childMode = "LOCALCLOUD_CHILD_MODE"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childData); dir != "" {
		if err := child(dir, os.Getenv(childMode)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child runs the shop on a folder. It prints "accepted ID" for each order that the
// API took, and writes each one that was shipped to a file. In the mode "drain" it
// takes no orders, and ends when everything is done.
func child(dir, mode string) error {
	shipped, err := os.OpenFile(filepath.Join(dir, "shipped"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer shipped.Close()
	s := newShop()
	constructors := s.constructors()
	constructors["functions/ship"] = func(context.Context, localcloud.Env) (lambda.Handler, error) {
		return lambdahost.NewHandler(func(what string) error {
			_, err := fmt.Fprintln(shipped, what)
			return err
		}), nil
	}
	c, err := localcloud.Open(context.Background(), localcloud.Options{
		TemplatePath: "testdata/shop/template.yaml", Data: filepath.Join(dir, "data"), Constructors: constructors,
	})
	if err != nil {
		return err
	}
	if err := c.Start(context.Background()); err != nil {
		return err
	}
	if mode == "drain" {
		return drain(c)
	}
	var clients sync.WaitGroup
	for client := range 8 {
		clients.Go(func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("%s-%d-%d", mode, client, n)
				r := httptest.NewRequest("POST", "/orders/"+id, nil)
				r.Header.Set("Authorization", "Bearer good")
				w := httptest.NewRecorder()
				c.HTTPHandler().ServeHTTP(w, r)
				if w.Code == 202 {
					fmt.Println("accepted " + id)
				}
			}
		})
	}
	clients.Wait()
	return nil
}

// drain waits until no message and no run is left.
func drain(c *localcloud.Cloud) error {
	deadline := clock.Real().After(clocktest.Hang)
	tick := clock.Real().NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for quiet := 0; quiet < 3; {
		select {
		case <-deadline:
			return errors.New("not everything is done")
		case <-tick.Chan():
		}
		quiet++
		for _, q := range c.Stack().Queues {
			if s, _ := c.Queues().Stats(q.Name); s.Visible+s.InFlight+s.Delayed > 0 {
				quiet = 0
			}
		}
		if c.StateMachines().OpenRuns() > 0 {
			quiet = 0
		}
	}
	return c.Close(context.Background())
}

// Every order that the API accepted is shipped, although the process is killed again
// and again with hundreds of orders on their way.
func TestKilledProcess(t *testing.T) {
	dir := t.TempDir()
	accepted := map[string]bool{}
	for round := range 5 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childData+"="+dir, fmt.Sprintf("%s=round%d", childMode, round))
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		kill := 50 + 137*round // orders until the process dies
		for n := 0; lines.Scan(); n++ {
			if id, ok := strings.CutPrefix(lines.Text(), "accepted "); ok {
				accepted[id] = true
			}
			if n == kill {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // it was killed
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childData+"="+dir, childMode+"=drain")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("after the last kill: %v\n%s", err, out)
	}
	b, err := os.ReadFile(filepath.Join(dir, "shipped"))
	if err != nil {
		t.Fatal(err)
	}
	shipped := map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		id, _, _ := strings.Cut(line, " ")
		shipped[id]++
	}
	lost, twice := 0, 0
	for id := range accepted {
		if shipped[id] == 0 {
			lost++
		}
	}
	for _, n := range shipped {
		if n > 1 {
			twice++
		}
	}
	t.Logf("%d orders accepted, %d shipped, %d of them more than once", len(accepted), len(shipped), twice)
	if lost > 0 || len(accepted) < 500 {
		t.Errorf("of %d accepted orders %d were lost", len(accepted), lost)
	}
	if twice > len(shipped)/2 {
		t.Errorf("%d of %d orders were shipped more than once: a restart repeats far more than what was on its way", twice, len(shipped))
	}
}
