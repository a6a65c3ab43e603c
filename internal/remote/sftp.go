package remote

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"

	"github.com/pkg/sftp"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// Files implements node.Shell.
func (s *shell) Files() (node.FileServer, error) {
	client, err := sftp.NewClient(s.client)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "The server has no SFTP for this user.")
	}
	return &sftpServer{client, s}, nil
}

// sftpServer implements node.FileServer by SFTP.
type sftpServer struct {
	client *sftp.Client
	shell  *shell
}

// Close ends the connection as well.
func (s *sftpServer) Close() {
	_ = s.client.Close()
	s.shell.Close()
}

// failed classes what an operation ended with.
func (s *sftpServer) failed(ctx context.Context, err error, doing string) error {
	var own *fault.Error
	var status *sftp.StatusError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own
	case errors.Is(err, fs.ErrNotExist):
		return refused(err, doing, "there is no such file or directory.")
	case errors.Is(err, fs.ErrPermission):
		return refused(err, doing, "the user may not.")
	case errors.Is(err, fs.ErrExist):
		return refused(err, doing, "it is there already.")
	case errors.As(err, &status):
		return refused(err, doing, status.Error())
	}
	return broken(ctx, err, doing)
}

func (s *sftpServer) List(ctx context.Context, dir string) ([]node.RemoteFile, error) {
	entries, err := s.client.ReadDirContext(ctx, dir)
	if err != nil {
		return nil, s.failed(ctx, err, "listing "+dir)
	}
	out := make([]node.RemoteFile, 0, len(entries))
	for _, e := range entries {
		f := node.RemoteFile{Type: "-", Name: e.Name(), Size: e.Size(), Modified: e.ModTime().UTC(), Mode: uint32(e.Mode().Perm())}
		switch {
		case e.IsDir():
			f.Type = "d"
		case e.Mode()&fs.ModeSymlink != 0:
			f.Type = "l"
		}
		if stat, ok := e.Sys().(*sftp.FileStat); ok {
			f.Unix, f.Owner, f.Group, f.Accessed = true, stat.UID, stat.GID, stat.AccessTime().UTC()
		}
		out = append(out, f)
	}
	return out, nil
}

func (s *sftpServer) Read(ctx context.Context, name string) (io.ReadCloser, error) {
	f, err := s.client.Open(name)
	if err != nil {
		return nil, s.failed(ctx, err, "reading "+name)
	}
	return &content{f, func(err error) error { return s.failed(ctx, err, "reading "+name) }}, nil
}

func (s *sftpServer) Write(ctx context.Context, name string, r io.Reader) error {
	if err := s.makeDir(path.Dir(name)); err != nil {
		return s.failed(ctx, err, "making the directory of "+name)
	}
	f, err := s.client.Create(name)
	if err != nil {
		return s.failed(ctx, err, "writing "+name)
	}
	src := &source{Reader: r}
	_, err = f.ReadFrom(src)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if src.err != nil {
		return node.WithOutcome(src.err, fault.Unknown)
	}
	return s.failed(ctx, err, "writing "+name)
}

func (s *sftpServer) makeDir(dir string) error {
	if _, err := s.client.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return s.client.MkdirAll(dir)
}

func (s *sftpServer) Rename(ctx context.Context, from, to string, makeDir bool) error {
	if makeDir {
		if err := s.makeDir(path.Dir(to)); err != nil {
			return s.failed(ctx, err, "making the directory of "+to)
		}
	}
	return s.failed(ctx, s.client.Rename(from, to), "renaming "+from+" to "+to)
}

func (s *sftpServer) Remove(ctx context.Context, name string) error {
	return s.failed(ctx, s.client.Remove(name), "deleting "+name)
}

func (s *sftpServer) RemoveDir(ctx context.Context, dir string, recursive bool) error {
	remove := s.client.RemoveDirectory
	if recursive {
		remove = s.client.RemoveAll
	}
	return s.failed(ctx, remove(dir), "deleting the directory "+dir)
}
