package remote

import (
	"context"
	"errors"
	"io"
	"net"
	"net/textproto"
	"path"
	"strings"
	"time"

	"github.com/jlaffaye/ftp"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// FTP implements node.Remotes.
func (c *Client) FTP(ctx context.Context, credential map[string]string, timeout time.Duration) (node.FileServer, error) {
	host, addr := credential["host"], address(credential, "21")
	control, err := c.dial(ctx, addr)
	if err != nil {
		return nil, connectFault(err, false, "FTP", host)
	}
	opened := limit(ctx, timeout, control)
	first := true
	conn, err := ftp.Dial(addr, ftp.DialWithDialFunc(func(_, addr string) (net.Conn, error) {
		if first {
			first = false
			return control, nil
		}
		return c.dial(ctx, addr) // for data
	}))
	if err == nil {
		err = conn.Login(credential["username"], credential["password"])
	}
	late := !opened()
	var answer *textproto.Error
	switch {
	case err == nil && !late:
		return &ftpServer{conn}, nil
	case errors.As(err, &answer) && answer.Code == ftp.StatusNotLoggedIn:
		err = fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "The FTP server refused the credential: %s", answer.Msg)
	default:
		err = connectFault(err, late, "FTP", host)
	}
	_ = control.Close()
	return nil, err
}

// ftpServer implements node.FileServer by FTP (RFC 959).
type ftpServer struct{ conn *ftp.ServerConn }

func (s *ftpServer) Close() { _ = s.conn.Quit() }

// failed classes what an operation ended with.
func (s *ftpServer) failed(ctx context.Context, err error, doing string) error {
	if err == nil {
		return nil
	}
	var own *fault.Error
	var answer *textproto.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &answer):
		return refused(err, doing, answer.Msg)
	}
	return broken(ctx, err, doing)
}

// codes reports whether the server answered with one of these.
func codes(err error, list ...int) bool {
	var answer *textproto.Error
	if errors.As(err, &answer) {
		for _, code := range list {
			if answer.Code == code {
				return true
			}
		}
	}
	return false
}

func (s *ftpServer) List(ctx context.Context, dir string) ([]node.RemoteFile, error) {
	if err := checkPath(dir); err != nil {
		return nil, err
	}
	entries, err := s.conn.List(dir)
	if err != nil {
		return nil, s.failed(ctx, err, "listing "+dir)
	}
	var out []node.RemoteFile
	for _, e := range entries {
		if e.Name == "." || e.Name == ".." {
			continue
		}
		f := node.RemoteFile{Type: "-", Name: e.Name, Target: e.Target, Size: int64(e.Size), Modified: e.Time}
		switch e.Type {
		case ftp.EntryTypeFolder:
			f.Type = "d"
		case ftp.EntryTypeLink:
			f.Type = "l"
		}
		out = append(out, f)
	}
	return out, nil
}

func (s *ftpServer) Read(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := checkPath(name); err != nil {
		return nil, err
	}
	r, err := s.conn.Retr(name)
	if err != nil {
		return nil, s.failed(ctx, err, "reading "+name)
	}
	return &content{r, func(err error) error { return s.failed(ctx, err, "reading "+name) }}, nil
}

func (s *ftpServer) Write(ctx context.Context, name string, r io.Reader) error {
	if err := checkPath(name); err != nil {
		return err
	}
	src := &source{Reader: r}
	err := s.conn.Stor(name, src)
	if codes(err, ftp.StatusBadFileName, ftp.StatusFileUnavailable, ftp.StatusActionAborted) && !src.read { // the directory may lack
		s.makeDirs(path.Dir(name))
		err = s.conn.Stor(name, src)
	}
	if src.err != nil {
		return node.WithOutcome(src.err, fault.Unknown)
	}
	return s.failed(ctx, err, "writing "+name)
}

// makeDirs makes a directory and those above it; whether they are there shows in what
// comes after.
func (s *ftpServer) makeDirs(dir string) {
	at := ""
	if strings.HasPrefix(dir, "/") {
		at = "/"
	}
	for name := range strings.SplitSeq(strings.Trim(dir, "/"), "/") {
		at = path.Join(at, name)
		_ = s.conn.MakeDir(at)
	}
}

func (s *ftpServer) Rename(ctx context.Context, from, to string, makeDir bool) error {
	if err := checkPath(from, to); err != nil {
		return err
	}
	err := s.conn.Rename(from, to)
	if makeDir && codes(err, ftp.StatusActionAborted, ftp.StatusFileUnavailable, ftp.StatusBadFileName) {
		s.makeDirs(path.Dir(to))
		err = s.conn.Rename(from, to)
	}
	return s.failed(ctx, err, "renaming "+from+" to "+to)
}

func (s *ftpServer) Remove(ctx context.Context, name string) error {
	if err := checkPath(name); err != nil {
		return err
	}
	return s.failed(ctx, s.conn.Delete(name), "deleting "+name)
}

func (s *ftpServer) RemoveDir(ctx context.Context, dir string, recursive bool) error {
	if err := checkPath(dir); err != nil {
		return err
	}
	remove := s.conn.RemoveDir
	if recursive {
		remove = s.conn.RemoveDirRecur
	}
	return s.failed(ctx, remove(dir), "deleting the directory "+dir)
}

// source is what is written, which may fail by itself.
type source struct {
	io.Reader
	read bool // something of it was taken
	err  error
}

func (s *source) Read(p []byte) (int, error) {
	s.read = true
	n, err := s.Reader.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// content is a file of the server; its errors are faults.
type content struct {
	io.ReadCloser
	failed func(error) error
}

func (c *content) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = c.failed(err)
	}
	return n, err
}
