package code

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestChildHasNoEnvironmentAndNoOtherFiles(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "marker-secret")
	p := newPool(t, PoolOptions{})
	output(t, call{runner: p, source: `return [{json:{}}]`}.run(t))
	pids, _ := p.children()
	// A process that is not dumpable belongs to root; where the test is not root
	// it cannot look inside, and neither can anybody else.
	env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pids[0]))
	if err != nil && !errors.Is(err, os.ErrPermission) || len(env) != 0 {
		t.Errorf("environment %q, %v", env, err)
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pids[0]))
	if err != nil && !errors.Is(err, os.ErrPermission) {
		t.Fatal(err)
	}
	for _, f := range files {
		to, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pids[0], f.Name()))
		if !strings.HasPrefix(to, "pipe:") && !strings.HasPrefix(to, "anon_inode:") && to != "/dev/null" && !strings.HasPrefix(to, "/sys/fs/cgroup/") {
			t.Errorf("file %s is %s", f.Name(), to)
		}
	}
	line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pids[0]))
	if args := strings.Split(strings.TrimRight(string(line), "\x00"), "\x00"); len(args) != 2 || args[1] != sentinel {
		t.Errorf("arguments %q", args)
	}
}

func TestChildIsConfined(t *testing.T) {
	p := newPool(t, PoolOptions{})
	output(t, call{runner: p, source: `return [{json:{}}]`}.run(t))
	pids, _ := p.children()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pids[0]))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Seccomp:\t2", "NoNewPrivs:\t1"} {
		if !strings.Contains(string(status), want) {
			t.Errorf("%q is not in the status", want)
		}
	}
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pids[0]))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(limits), "\n") {
		f := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "Max open files"):
			if f[3] != fmt.Sprint(openFiles) {
				t.Error(line)
			}
		case strings.HasPrefix(line, "Max file size"), strings.HasPrefix(line, "Max core file size"):
			if f[len(f)-2] != "0" {
				t.Error(line)
			}
		}
	}
}

func TestEndedChildrenLeaveNoFilesOpen(t *testing.T) {
	count := func() int {
		files, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	p := newPool(t, PoolOptions{Max: 1})
	output(t, call{runner: p, tenant: "ten_0", source: `return []`}.run(t))
	before := count()
	for i := range 5 {
		output(t, call{runner: p, tenant: fmt.Sprintf("ten_%d", i+1), source: `return []`}.run(t))
	}
	if after := count(); after > before {
		t.Errorf("%d files are open, %d were", after, before)
	}
}
