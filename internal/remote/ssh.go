package remote

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// SSH implements node.Remotes.
func (c *Client) SSH(ctx context.Context, fields map[string]string, timeout time.Duration) (node.Shell, error) {
	auth, err := authOf(fields)
	if err != nil {
		return nil, err
	}
	host, addr := fields["host"], address(fields, "22")
	conn, err := c.dial(ctx, addr)
	if err != nil {
		return nil, connectFault(err, false, "SSH", host)
	}
	opened := limit(ctx, timeout, conn)
	sc, channels, requests, err := ssh.NewClientConn(conn, addr, &ssh.ClientConfig{
		User: fields["username"], Auth: auth, HostKeyCallback: hostKey(fields["hostKey"]),
	})
	late := !opened()
	switch {
	case err == nil && !late:
		return &shell{ssh.NewClient(sc, channels, requests)}, nil
	case err != nil && strings.Contains(err.Error(), "unable to authenticate"): // the package has no type for it
		err = fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "The SSH server refused the credential of the user %q.", fields["username"])
	default:
		err = connectFault(err, late, "SSH", host)
	}
	_ = conn.Close()
	return nil, err
}

// authOf are the ways in which the credential can prove itself: its key first.
func authOf(fields map[string]string) ([]ssh.AuthMethod, error) {
	var list []ssh.AuthMethod
	if text := fields["privateKey"]; text != "" {
		key, err := parseKey(credential.PEM(text), fields["passphrase"])
		if err != nil {
			return nil, fault.Wrap(err, fault.Invalid, fault.CodeNodeError, "The private key of the credential cannot be read. It must be PEM (OpenSSH or PKCS), with its passphrase if it has one.")
		}
		list = append(list, ssh.PublicKeys(key))
	}
	if password := fields["password"]; password != "" || len(list) == 0 {
		list = append(list, ssh.Password(password), ssh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
			answers := make([]string, len(questions))
			for i := range answers {
				answers[i] = password
			}
			return answers, nil
		}))
	}
	return list, nil
}

func parseKey(pem, passphrase string) (ssh.Signer, error) {
	if passphrase == "" {
		return ssh.ParsePrivateKey([]byte(pem))
	}
	return ssh.ParsePrivateKeyWithPassphrase([]byte(pem), []byte(passphrase))
}

// hostKey takes any key, or the one that has the fingerprint.
func hostKey(fingerprint string) ssh.HostKeyCallback {
	fingerprint = strings.TrimPrefix(strings.TrimSpace(fingerprint), "SHA256:")
	return func(host string, _ net.Addr, key ssh.PublicKey) error {
		is := ssh.FingerprintSHA256(key)
		if fingerprint == "" || strings.TrimPrefix(is, "SHA256:") == strings.TrimRight(fingerprint, "=") {
			return nil
		}
		return fault.New(fault.Forbidden, fault.CodeUpstream, "The server %q has the host key %s, which is not the one that the credential names. Somebody may be between; if the server really has a new key, change the credential.", host, is)
	}
}

// shell implements node.Shell.
type shell struct{ client *ssh.Client }

func (s *shell) Close() { _ = s.client.Close() }

func (s *shell) Run(ctx context.Context, command string) (node.ShellResult, error) {
	session, err := s.client.NewSession()
	if err != nil {
		return node.ShellResult{}, broken(ctx, err, "opening a session")
	}
	defer func() { _ = session.Close() }()
	stdout, stderr := &printed{}, &printed{}
	session.Stdout, session.Stderr = stdout, stderr
	err = session.Run(command)
	res := node.ShellResult{Stdout: stdout.String(), Stderr: stderr.String()}
	var exit *ssh.ExitError
	switch {
	case errors.As(err, &exit) && exit.Signal() != "":
		res.Code, res.Signal = -1, exit.Signal()
	case errors.As(err, &exit):
		res.Code = exit.ExitStatus()
	case err != nil:
		return res, broken(ctx, err, "running the command")
	}
	if stdout.more || stderr.more {
		f := fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The command printed more than %d MB. Let it write to a file, and download that.", node.MaxShellOutput>>20)
		f.Outcome = fault.Unknown // it ran
		return res, f
	}
	return res, nil
}

// printed keeps what a command prints, as far as it may.
type printed struct {
	strings.Builder
	more bool
}

func (p *printed) Write(b []byte) (int, error) {
	if room := node.MaxShellOutput - p.Len(); len(b) > room {
		p.more = true
		p.Builder.Write(b[:room])
		return len(b), nil
	}
	return p.Builder.Write(b)
}
