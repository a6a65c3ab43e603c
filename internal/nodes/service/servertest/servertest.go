// Package servertest starts real database servers for tests: those that the
// machine has installed. Where one is missing, the test is skipped; in CI it fails.
package servertest

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
)

// Server is a running server on this machine.
type Server struct {
	Host, Port string
}

// Addr is host:port.
func (s Server) Addr() string { return net.JoinHostPort(s.Host, s.Port) }

// startTime is how long a server may take to answer.
const startTime = 60 * time.Second

// Redis starts a Redis server that asks for the password "sesame".
func Redis(t *testing.T) Server {
	bin := find(t, "redis-server")
	s := Server{"127.0.0.1", freePort(t)}
	start(t, exec.Command(bin, "--port", s.Port, "--bind", s.Host, "--save", "", "--appendonly", "no", "--requirepass", "sesame", "--dir", t.TempDir()), nil)
	s.await(t)
	return s
}

// Postgres starts a PostgreSQL server with the user "ada", who may do all, and the
// password "sesame".
func Postgres(t *testing.T) Server {
	initdb := find(t, "initdb", "/usr/lib/postgresql/*/bin/initdb")
	server := filepath.Join(filepath.Dir(initdb), "postgres")
	dir, as := ownedDir(t, "postgres")
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte("sesame\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	run(t, exec.Command(initdb, "-D", data, "-U", "ada", "--auth=scram-sha-256", "--pwfile="+password, "--no-sync", "-E", "UTF8", "--locale=C"), as)
	s := Server{"127.0.0.1", freePort(t)}
	start(t, exec.Command(server, "-D", data, "-p", s.Port, "-c", "listen_addresses="+s.Host, "-c", "unix_socket_directories=", "-c", "fsync=off"), as)
	s.await(t)
	return s
}

// MySQL starts a MariaDB server with the user "ada", password "sesame" and the database "shop".
func MySQL(t *testing.T) Server {
	install := find(t, "mariadb-install-db")
	server := find(t, "mariadbd", "/usr/sbin/mariadbd")
	dir, as := ownedDir(t, "mysql")
	data, script := filepath.Join(dir, "data"), filepath.Join(dir, "init.sql")
	if err := os.WriteFile(script, []byte("CREATE DATABASE shop CHARACTER SET utf8mb4;\nCREATE USER 'ada'@'%' IDENTIFIED BY 'sesame';\nGRANT ALL ON shop.* TO 'ada'@'%';\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, exec.Command(install, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db"), as)
	s := Server{"127.0.0.1", freePort(t)}
	start(t, exec.Command(server, "--no-defaults", "--datadir="+data, "--port="+s.Port, "--bind-address="+s.Host,
		"--socket="+filepath.Join(dir, "s"), "--pid-file="+filepath.Join(dir, "pid"), "--init-file="+script, "--skip-name-resolve"), as)
	s.await(t)
	return s
}

// find is the path of a program.
func find(t *testing.T, name string, patterns ...string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, p := range patterns {
		if list, _ := filepath.Glob(p); len(list) > 0 {
			slices.Sort(list)
			return list[len(list)-1]
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed", name)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// ownedDir is a folder, and the user that servers run as which refuse to be root.
func ownedDir(t *testing.T, name string) (string, *syscall.Credential) {
	t.Helper()
	dir, err := os.MkdirTemp("", "al-"+name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if os.Getuid() != 0 {
		return dir, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		t.Skipf("no user %s to run the server as: %v", name, err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return dir, &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func run(t *testing.T, cmd *exec.Cmd, as *syscall.Credential) {
	t.Helper()
	cmd.Dir, cmd.SysProcAttr = os.TempDir(), &syscall.SysProcAttr{Credential: as}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd.Path, err, out)
	}
}

// start runs a server until the test ends.
func start(t *testing.T, cmd *exec.Cmd, as *syscall.Credential) {
	t.Helper()
	var log tail
	cmd.Dir, cmd.SysProcAttr = os.TempDir(), &syscall.SysProcAttr{Credential: as, Pdeathsig: syscall.SIGKILL}
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s: %s", filepath.Base(cmd.Path), log.String())
		}
	})
}

// await returns once the server takes connections.
func (s Server) await(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	for {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", s.Addr())
		if err == nil {
			_ = conn.Close()
			return
		}
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			t.Fatalf("the server does not listen on %s: %v", s.Addr(), err)
		}
		_ = clock.Sleep(ctx, clock.Real(), 50*time.Millisecond)
	}
}

// freePort is a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// tail keeps the end of what a server prints.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	t.text = t.text[max(0, len(t.text)-4000):]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
