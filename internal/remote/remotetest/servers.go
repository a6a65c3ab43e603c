// Package remotetest starts real servers of the protocols that package remote speaks.
package remotetest

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/gliderlabs/ssh"
	"github.com/pkg/sftp"
	ftp "goftp.io/server/v2"
	"goftp.io/server/v2/driver/file"
	xssh "golang.org/x/crypto/ssh"
)

// User and Password log in to all of them.
const (
	User     = "ada"
	Password = "correct horse"
)

// FTP serves a directory by FTP on the loopback; it returns the fields of a credential.
func FTP(t *testing.T, dir string) map[string]string {
	t.Helper()
	l := listen(t)
	driver, err := file.NewDriver(dir)
	if err != nil {
		t.Fatal(err)
	}
	host, port := split(t, l)
	s, err := ftp.NewServer(&ftp.Options{
		Driver: driver, Perm: ftp.NewSimplePerm("owner", "group"), Auth: &ftp.SimpleAuth{Name: User, Password: Password},
		Hostname: host, Port: must(strconv.Atoi(port)), Logger: &ftp.DiscardLogger{},
	})
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Shutdown() })
	return map[string]string{"host": host, "port": port, "username": User, "password": Password}
}

// Server is an SSH server.
type Server struct {
	Credential map[string]string // with the password
	PrivateKey string            // PEM, which logs in as well
	HostKey    string            // its fingerprint
}

// SSH serves shells and SFTP, both beginning in a directory, on the loopback.
func SSH(t *testing.T, dir string) Server {
	t.Helper()
	l := listen(t)
	user, text := key(t)
	own, _ := key(t)
	s := &ssh.Server{
		HostSigners:      []ssh.Signer{own},
		PasswordHandler:  func(c ssh.Context, password string) bool { return c.User() == User && password == Password },
		PublicKeyHandler: func(_ ssh.Context, k ssh.PublicKey) bool { return ssh.KeysEqual(k, user.PublicKey()) },
		Handler:          func(s ssh.Session) { shell(s, dir) },
		SubsystemHandlers: map[string]ssh.SubsystemHandler{"sftp": func(s ssh.Session) {
			if server, err := sftp.NewServer(s, sftp.WithServerWorkingDirectory(dir)); err == nil {
				_ = server.Serve()
			}
		}},
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	host, port := split(t, l)
	return Server{
		Credential: map[string]string{"host": host, "port": port, "username": User, "password": Password},
		PrivateKey: text, HostKey: xssh.FingerprintSHA256(own.PublicKey()),
	}
}

// shell runs a command as sshd does.
func shell(s ssh.Session, dir string) {
	cmd := exec.CommandContext(s.Context(), "/bin/sh", "-c", s.RawCommand())
	cmd.Dir, cmd.Env = dir, []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")}
	cmd.Stdout, cmd.Stderr = s, s.Stderr()
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		_ = s.Exit(exit.ExitCode())
	} else if err != nil {
		_, _ = io.WriteString(s.Stderr(), err.Error())
		_ = s.Exit(127)
	}
}

func key(t *testing.T) (ssh.Signer, string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := xssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := xssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer, string(pem.EncodeToMemory(block))
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func split(t *testing.T, l net.Listener) (host, port string) {
	t.Helper()
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}

func must(n int, err error) int {
	if err != nil {
		panic(err)
	}
	return n
}
