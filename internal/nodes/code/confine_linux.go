package code

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// The hard limits of a child. Data is what the process may write to: the heap
// with the runtime's own share. Address space only fences off what is absurd,
// because Go reserves far more than it uses.
const (
	dataLimit    = 2*heapLimit + 256<<20
	addressLimit = 16 << 30
	cpuLimit     = 3600 // seconds over its whole life; the parent ends a job long before
	openFiles    = 16
)

// confine gives up what the child does not need. Each step may be forbidden where
// the program runs (Lambda); the others still hold, and goja has no door to any
// of it in the first place.
func confine() {
	runtime.LockOSThread() // what is given up is the thread's until the filter spreads it
	defer runtime.UnlockOSThread()
	_ = syscall.Chdir("/")
	memory := uint64(dataLimit)
	if dataInUse() > dataLimit/2 {
		memory = unix.RLIM_INFINITY // built with the race detector, whose shadow memory is larger than any limit
	}
	_ = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	for resource, limit := range map[int]uint64{
		unix.RLIMIT_DATA: memory, unix.RLIMIT_AS: max(memory, addressLimit), unix.RLIMIT_CPU: cpuLimit,
		unix.RLIMIT_NOFILE: openFiles, unix.RLIMIT_FSIZE: 0, unix.RLIMIT_CORE: 0,
	} {
		_ = unix.Setrlimit(resource, &unix.Rlimit{Cur: limit, Max: limit})
	}
	_ = denySystemCalls()
}

// dataInUse is the data segment of this process in bytes, 0 if it is not known
// (proc(5), statm).
func dataInUse() uint64 {
	b, err := os.ReadFile("/proc/self/statm")
	fields := bytes.Fields(b)
	if err != nil || len(fields) < 6 {
		return 0
	}
	pages, _ := strconv.ParseUint(string(fields[5]), 10, 64)
	return pages * uint64(os.Getpagesize())
}

// separate puts a new child into namespaces of its own, without a network; the
// user namespace is what lets an ordinary user ask for the others.
func separate() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Setpgid:    true,
		Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS,
	}
}

// plain is for where namespaces are not permitted.
func plain() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
