package service

import (
	"context"
	"path"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func ssh() node.Type {
	command := map[string][]any{"resource": {"command"}}
	file := map[string][]any{"resource": {"file"}}
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.ssh", Versions: []float64{1}, Name: "SSH",
			Description: "Runs commands on a server of yours by SSH, and copies files to and from it.",
			Group:       "input", Family: node.Data, Inputs: main1, Outputs: main1, Credentials: []string{"sshPassword", "sshPrivateKey"},
			Params: []node.Param{
				{Name: "authentication", Type: "options", Default: "password", Options: options("password", "privateKey")},
				{Name: "resource", Type: "options", Default: "command", Options: options("command", "file")},
				{Name: "operation", Type: "options", Default: "execute", Options: options("execute"), Show: command},
				{Name: "command", Type: "string", Default: "", Required: true, Show: command},
				{Name: "cwd", Type: "string", Default: "/", Description: "The directory in which it runs; ~/ is the user's own", Show: command},
				{Name: "operation", Type: "options", Default: "upload", Options: options("download", "upload"), Show: file},
				{Name: "path", Type: "string", Default: "", Required: true, Show: file, Description: "The file to download, or the directory to upload to"},
				{Name: "binaryPropertyName", Type: "string", Default: "data", Show: file, Description: "The name of the item's file"},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
					{Name: "fileName", Type: "string", Default: ""}, idempotency,
				}},
			},
		},
		Run:  runSSH,
		Uses: usesRemotes,
		Effect: func(c *node.Call) node.Effect {
			r := c.At(0)
			if r.String("resource", "command") == "file" && r.String("operation", "upload") == "upload" {
				return node.Keyed // the same content in the same place is the same file
			}
			return effectOf("download")(c)
		},
	}
}

func runSSH(ctx context.Context, c *node.Call) (node.Result, error) {
	r := c.At(0)
	typ := "sshPassword"
	if r.String("authentication", "password") == "privateKey" {
		typ = "sshPrivateKey"
	}
	resource := r.String("resource", "command")
	if err := r.Err(); err != nil {
		return node.Result{}, err
	}
	credential, err := c.Credential(ctx, typ)
	if err != nil {
		return node.Result{}, err
	}
	shell, err := c.Services.Remotes.SSH(ctx, credential, 0)
	if err != nil {
		return node.Result{}, err
	}
	defer shell.Close()
	s := &sshSession{shell: shell}
	var files node.FileServer
	if resource == "file" {
		if files, err = shell.Files(); err != nil {
			return node.Result{}, err
		}
	}
	return remoteItems(ctx, c, files, func(f *remoteFiling) ([]workflow.Item, error) {
		s.remoteFiling = f
		if resource == "command" {
			return s.command()
		}
		return s.file(f.r.String("operation", "upload"))
	})
}

// sshSession is the work on one item.
type sshSession struct {
	*remoteFiling
	shell node.Shell
	home  string // the user's directory, once it was asked for
}

// resolve puts the user's directory in the place of ~.
func (s *sshSession) resolve(name string) (string, error) {
	if !strings.HasPrefix(name, "~") {
		return name, nil
	}
	rest, ok := strings.CutPrefix(name, "~/")
	if !ok {
		return "", node.Errorf("The path %q is not valid. Write ~/ for the user's directory, or its name.", name)
	}
	if s.home == "" {
		res, err := s.shell.Run(s.ctx, "echo $HOME")
		if err != nil {
			return "", err
		}
		s.home = strings.TrimRight(strings.TrimSpace(res.Stdout), "/")
	}
	return s.home + "/" + rest, nil
}

// command runs the item's command; one that ends with a code is an item as well.
func (s *sshSession) command() ([]workflow.Item, error) {
	command, cwd := s.r.String("command", ""), s.r.String("cwd", "/")
	if err := s.r.Err(); err != nil {
		return nil, err
	}
	cwd, err := s.resolve(cwd)
	if err != nil {
		return nil, err
	}
	if cwd != "" {
		command = "cd " + quote(cwd) + " ; " + command
	}
	res, err := s.shell.Run(s.ctx, command)
	if err != nil {
		return nil, err
	}
	*s.changed = true
	var code, signal any = float64(res.Code), nil
	if res.Signal != "" {
		code, signal = nil, "SIG"+res.Signal
	}
	return []workflow.Item{row(s.r.Item(), value.Obj("code", code, "signal", signal,
		"stdout", strings.TrimSpace(strings.ToValidUTF8(res.Stdout, "\ufffd")), "stderr", strings.TrimSpace(strings.ToValidUTF8(res.Stderr, "\ufffd"))))}, nil
}

// quote makes one word of a text for a POSIX shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

func (s *sshSession) file(operation string) ([]workflow.Item, error) {
	at, err := s.resolve(s.r.String("path", ""))
	if err != nil {
		return nil, err
	}
	as := s.r.String("options.fileName", "")
	switch operation {
	case "download":
		if as == "" {
			as = path.Base(at)
		}
		return s.download(at, as)
	case "upload":
		field := s.r.String("binaryPropertyName", "data")
		if as == "" {
			as = s.it.Binary[field].FileName
		}
		if as = path.Base("/" + as); as == "/" { // a name of a file, and not of a place
			as = field
		}
		if err := s.send(field, strings.TrimSuffix(at, "/")+"/"+as); err != nil {
			return nil, err
		}
		return []workflow.Item{row(s.r.Item(), value.Obj("success", true))}, nil
	}
	return nil, node.Errorf("The operation %q of SSH is not known.", operation)
}
