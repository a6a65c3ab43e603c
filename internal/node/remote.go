package node

import (
	"context"
	"io"
	"time"
)

// Remotes opens connections to tenants' own servers through the safe dialer. A
// connection belongs to one node run. Faults of opening one have Outcome NotSent.
type Remotes interface {
	// FTP opens one with the fields of n8n's credential type ftp: host, port, username,
	// password. timeout is for the connection and the log-in; 0: a default.
	FTP(ctx context.Context, credential map[string]string, timeout time.Duration) (FileServer, error)
	// SSH opens one with the fields of sftp, sshPassword and sshPrivateKey: host, port,
	// username, password, privateKey (PEM), passphrase, hostKey (fingerprint).
	SSH(ctx context.Context, credential map[string]string, timeout time.Duration) (Shell, error)
}

// FileServer is a connection to a server of files. What the server refused has Outcome
// Refused, what may have happened Unknown.
type FileServer interface {
	// List gives what a directory has, itself and its parent apart.
	List(ctx context.Context, dir string) ([]RemoteFile, error)
	// Read opens a file; the caller closes it before the next call.
	Read(ctx context.Context, path string) (io.ReadCloser, error)
	// Write writes a file, over one that is there. It makes the directory if that lacks.
	Write(ctx context.Context, path string, content io.Reader) error
	Rename(ctx context.Context, from, to string, makeDir bool) error
	Remove(ctx context.Context, path string) error
	// RemoveDir removes an empty directory, or with all that it has.
	RemoveDir(ctx context.Context, path string, recursive bool) error
	Close()
}

// RemoteFile is an entry of a directory. Fields that the server does not tell are zero.
type RemoteFile struct {
	Type               string // "-" a file, "d" a directory, "l" a link
	Name, Target       string // Target of a link
	Size               int64
	Modified, Accessed time.Time
	Mode               uint32 // permissions, as in Unix
	Owner, Group       uint32
	Unix               bool // Mode, Owner, Group and Accessed are known
}

// Shell is a connection over which commands run on a server.
type Shell interface {
	// Run runs a command by the user's shell. One that the server began and whose end
	// is not known has Outcome Unknown; one that ends with a code is no fault.
	Run(ctx context.Context, command string) (ShellResult, error)
	// Files is the server's files over the same connection, closed with it.
	Files() (FileServer, error)
	Close()
}

// ShellResult is how a command ended.
type ShellResult struct {
	Stdout, Stderr string
	Code           int    // -1 if it was ended by a signal
	Signal         string // its name, without SIG; "" if none
}

// MaxShellOutput is how much a command may print on each of its outputs, in bytes.
const MaxShellOutput = 4 << 20
