package remote

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/remote/remotetest"
	"github.com/automatelanka/automatelanka/internal/safedial"
)

// fileServers opens both kinds over one directory, at a path of the server's own.
func fileServers(t *testing.T) map[string]func(dir string) node.FileServer {
	c := New(&net.Dialer{})
	return map[string]func(dir string) node.FileServer{
		"FTP": func(dir string) node.FileServer {
			s, err := c.FTP(t.Context(), remotetest.FTP(t, dir), 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Close)
			return s
		},
		"SFTP": func(dir string) node.FileServer {
			shell, err := c.SSH(t.Context(), remotetest.SSH(t, dir).Credential, 0)
			if err != nil {
				t.Fatal(err)
			}
			s, err := shell.Files()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Close)
			return s
		},
	}
}

func TestFilesOfAServer(t *testing.T) {
	for name, open := range fileServers(t) {
		t.Run(name, func(t *testing.T) {
			ctx, dir := t.Context(), t.TempDir()
			s := open(dir)
			at := func(p string) string {
				if name == "SFTP" {
					return filepath.Join(dir, p)
				}
				return "/" + p
			}
			ok := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Mkdir(filepath.Join(dir, "new"), 0o700); err != nil { // goftp's server answers 450, and not that it lacks
				t.Fatal(err)
			}
			ok(s.Write(ctx, at("new/a.txt"), strings.NewReader("one")))
			ok(s.Write(ctx, at("new/a.txt"), strings.NewReader("two and more")))
			r, err := s.Read(ctx, at("new/a.txt"))
			ok(err)
			b, err := io.ReadAll(r)
			ok(err)
			ok(r.Close())
			if string(b) != "two and more" {
				t.Errorf("read %q", b)
			}
			list, err := s.List(ctx, at("new"))
			ok(err)
			if len(list) != 1 || list[0].Name != "a.txt" || list[0].Type != "-" || list[0].Size != 12 || time.Since(list[0].Modified).Abs() > 48*time.Hour {
				t.Errorf("listed %+v", list)
			}
			ok(s.Rename(ctx, at("new/a.txt"), at("b.txt"), false))
			if _, err := os.Stat(filepath.Join(dir, "b.txt")); err != nil {
				t.Error(err)
			}
			if err := s.Remove(ctx, at("no.txt")); fault.Of(err) == nil || fault.Of(err).Outcome != fault.Refused {
				t.Errorf("a file that is not there is deleted: %v", err)
			}
			ok(s.Remove(ctx, at("b.txt")))
			ok(s.RemoveDir(ctx, at("new"), false))
			if _, err := s.Read(ctx, at("b.txt")); fault.Of(err) == nil || fault.Of(err).Outcome != fault.Refused {
				t.Errorf("a file that is gone is read: %v", err)
			}
		})
	}
}

func TestSFTPMakesAndRemovesDirectories(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s := fileServers(t)["SFTP"](dir)
	if err := s.Write(ctx, filepath.Join(dir, "x/y/a"), strings.NewReader("a")); err != nil {
		t.Fatal(err)
	}
	if err := s.Rename(ctx, filepath.Join(dir, "x/y/a"), filepath.Join(dir, "z/a"), true); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveDir(ctx, filepath.Join(dir, "z"), true); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "z")); !os.IsNotExist(err) {
		t.Error("the directory is there")
	}
}

func TestACredentialThatIsRefused(t *testing.T) {
	c, dir := New(&net.Dialer{}), t.TempDir()
	ftp, ssh := remotetest.FTP(t, dir), remotetest.SSH(t, dir)
	ftp["password"], ssh.Credential["password"] = "wrong", "wrong"
	_, a := c.FTP(t.Context(), ftp, 0)
	_, b := c.SSH(t.Context(), ssh.Credential, 0)
	for _, err := range []error{a, b} {
		if f := fault.Of(err); f == nil || f.Kind != fault.Invalid || !strings.Contains(f.Message, "refused the credential") {
			t.Errorf("%v", err)
		}
	}
}

func TestKeysLogInAndHostsAreKnown(t *testing.T) {
	c, server := New(&net.Dialer{}), remotetest.SSH(t, t.TempDir())
	for name, x := range map[string]struct {
		change map[string]string
		want   fault.Kind
	}{
		"a key":                    {map[string]string{"password": "", "privateKey": server.PrivateKey}, 0},
		"a key in one line":        {map[string]string{"password": "", "privateKey": strings.ReplaceAll(server.PrivateKey, "\n", " ")}, 0},
		"a key that is none":       {map[string]string{"privateKey": "abc"}, fault.Invalid},
		"the host that it knows":   {map[string]string{"hostKey": server.HostKey}, 0},
		"another host, with a key": {map[string]string{"hostKey": "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, fault.Forbidden},
	} {
		fields := map[string]string{}
		for k, v := range server.Credential {
			fields[k] = v
		}
		for k, v := range x.change {
			fields[k] = v
		}
		s, err := c.SSH(t.Context(), fields, 0)
		if err == nil {
			s.Close()
		}
		if f := fault.Of(err); (f == nil) != (x.want == 0) || f != nil && f.Kind != x.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCommands(t *testing.T) {
	s, err := New(&net.Dialer{}).SSH(t.Context(), remotetest.SSH(t, t.TempDir()).Credential, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for command, want := range map[string]node.ShellResult{
		"echo out; echo err >&2": {Stdout: "out\n", Stderr: "err\n"},
		"exit 3":                 {Code: 3},
	} {
		if got, err := s.Run(t.Context(), command); err != nil || got != want {
			t.Errorf("%s: %+v, %v", command, got, err)
		}
	}
	if _, err := s.Run(t.Context(), "head -c 5000000 /dev/zero"); fault.Of(err) == nil || fault.Of(err).Code != fault.CodePayloadTooLarge || fault.Of(err).Outcome != fault.Unknown {
		t.Errorf("much output: %v", err)
	}
}

// TestConnectionsEndWithTheirNodeRun: neither library knows of contexts.
func TestConnectionsEndWithTheirNodeRun(t *testing.T) {
	server := remotetest.SSH(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	s, err := New(&net.Dialer{}).SSH(ctx, server.Credential, 0)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := s.Run(ctx, "echo begun; cat /dev/zero >/dev/null")
		ended <- err
	}()
	cancel()
	if f := fault.Of(<-ended); f == nil || f.Outcome != fault.Unknown {
		t.Errorf("%v", f)
	}
}

// TestAServerThatSaysNothing does not hold a node run longer than its author allows.
func TestAServerThatSaysNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	host, port, _ := net.SplitHostPort(l.Addr().String())
	c, fields := New(&net.Dialer{}), map[string]string{"host": host, "port": port}
	_, a := c.FTP(t.Context(), fields, time.Millisecond)
	_, b := c.SSH(t.Context(), fields, time.Millisecond)
	for _, err := range []error{a, b} {
		if f := fault.Of(err); f == nil || f.Kind != fault.Timeout {
			t.Errorf("%v", err)
		}
	}
}

// TestDataConnectionsAreDialedSafely: an FTP server names the address of its data
// connections, which must not lead inside.
func TestDataConnectionsAreDialedSafely(t *testing.T) {
	fields := remotetest.FTP(t, t.TempDir())
	s, err := New(safedial.New(safedial.Options{AllowHosts: []string{net.JoinHostPort(fields["host"], fields["port"])}})).FTP(t.Context(), fields, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.List(t.Context(), "/"); fault.Of(err) == nil || fault.Of(err).Code != fault.CodeAddressRefused {
		t.Errorf("%v", err)
	}
}

func TestPathsOfOneLine(t *testing.T) {
	dir := t.TempDir()
	for name, open := range fileServers(t) {
		if name == "SFTP" {
			continue // has no lines
		}
		if err := open(dir).Remove(t.Context(), "a\r\nDELE b"); fault.Of(err) == nil || fault.Of(err).Outcome == fault.Unknown {
			t.Errorf("%s: %v", name, err)
		}
	}
}
