package service

import (
	"context"
	"path"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/moment"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// maxListed is how many entries a recursive list may have.
const maxListed = 50_000

func ftp() node.Type {
	on := func(operations ...any) map[string][]any { return map[string][]any{"operation": operations} }
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.ftp", Versions: []float64{1, 1.1}, Name: "FTP",
			Description: "Lists, reads, writes, renames and deletes files of a server by FTP or SFTP.",
			Group:       "input", Family: node.Data, Inputs: main1, Outputs: main1, Credentials: []string{"ftp", "sftp"},
			Params: []node.Param{
				{Name: "protocol", Type: "options", Default: "ftp", Options: options("ftp", "sftp")},
				{Name: "operation", Type: "options", Default: "download", Options: options("delete", "download", "list", "rename", "upload")},
				{Name: "path", Type: "string", Default: "", Required: true, Show: on("delete", "download", "upload")},
				{Name: "path", Type: "string", Default: "/", Required: true, Show: on("list")},
				{Name: "recursive", Type: "boolean", Default: false, Show: on("list")},
				{Name: "oldPath", Type: "string", Default: "", Required: true, Show: on("rename")},
				{Name: "newPath", Type: "string", Default: "", Required: true, Show: on("rename")},
				{Name: "binaryData", Type: "boolean", Default: true, Show: on("upload"), Description: "Whether a file of the item is sent, not text"},
				{Name: "binaryPropertyName", Type: "string", Default: "data", Show: on("download", "upload"), Description: "The name of the item's file"},
				{Name: "fileContent", Type: "string", Default: "", Show: map[string][]any{"operation": {"upload"}, "binaryData": {false}}},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
					{Name: "folder", Type: "boolean", Default: false, Description: "Whether a directory is deleted"},
					{Name: "recursive", Type: "boolean", Default: false, Description: "With all that it has"},
					{Name: "createDirectories", Type: "boolean", Default: false, Description: "Whether a rename makes the directories that lack"},
					{Name: "timeout", Type: "number", Default: 10000.0, Description: "Milliseconds for the connection"}, idempotency,
				}},
			},
		},
		Run:  runFTP,
		Uses: usesRemotes,
		Effect: func(c *node.Call) node.Effect {
			if c.At(0).String("operation", "download") == "upload" {
				return node.Keyed // the same content in the same place is the same file
			}
			return effectOf("download", "list")(c)
		},
	}
}

func runFTP(ctx context.Context, c *node.Call) (node.Result, error) {
	r := c.At(0)
	protocol, operation := r.String("protocol", "ftp"), r.String("operation", "download")
	timeout := time.Duration(r.Number("options.timeout", 0)) * time.Millisecond
	if err := r.Err(); err != nil {
		return node.Result{}, err
	}
	server, err := fileServer(ctx, c, protocol, timeout)
	if err != nil {
		return node.Result{}, err
	}
	defer server.Close()
	return remoteItems(ctx, c, server, func(f *remoteFiling) ([]workflow.Item, error) { return f.perform(operation) })
}

func fileServer(ctx context.Context, c *node.Call, protocol string, timeout time.Duration) (node.FileServer, error) {
	if protocol != "ftp" && protocol != "sftp" {
		return nil, node.Errorf("The protocol %q is not known; there are ftp and sftp.", protocol)
	}
	credential, err := c.Credential(ctx, protocol)
	if err != nil {
		return nil, err
	}
	if protocol == "ftp" {
		return c.Services.Remotes.FTP(ctx, credential, timeout)
	}
	shell, err := c.Services.Remotes.SSH(ctx, credential, timeout)
	if err != nil {
		return nil, err
	}
	files, err := shell.Files()
	if err != nil {
		shell.Close()
		return nil, err
	}
	return files, nil
}

// remoteFiling is the work on one item with the files of a server.
type remoteFiling struct {
	ctx     context.Context
	c       *node.Call
	r       *node.Reader
	it      workflow.Item
	server  node.FileServer
	changed *bool // something was changed, by this item or an earlier one
}

// remoteItems does the work of each item; a failure after a change is of unknown outcome.
func remoteItems(ctx context.Context, c *node.Call, server node.FileServer, do func(f *remoteFiling) ([]workflow.Item, error)) (node.Result, error) {
	changed := false
	out, err := c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
		items, err := do(&remoteFiling{ctx, c, r, it, server, &changed})
		if err == nil {
			err = r.Err()
		}
		return items, spoilt(err, changed)
	})
	return node.Result{Outputs: [][]workflow.Item{out}}, err
}

func (f *remoteFiling) perform(operation string) ([]workflow.Item, error) {
	switch operation {
	case "list":
		return f.list(f.r.String("path", "/"), f.r.Bool("recursive", false))
	case "download":
		name := f.r.String("path", "")
		return f.download(name, path.Base(name))
	case "upload":
		return f.upload()
	case "rename":
		from, to, makeDir := f.r.String("oldPath", ""), f.r.String("newPath", ""), f.r.Bool("options.createDirectories", false)
		return f.change(func() error { return f.server.Rename(f.ctx, from, to, makeDir) })
	case "delete":
		name, folder, all := f.r.String("path", ""), f.r.Bool("options.folder", false), f.r.Bool("options.recursive", false)
		return f.change(func() error {
			if folder {
				return f.server.RemoveDir(f.ctx, name, all)
			}
			return f.server.Remove(f.ctx, name)
		})
	}
	return nil, node.Errorf("The operation %q of FTP is not known.", operation)
}

// change does what repeating it would not do again in the same way.
func (f *remoteFiling) change(do func() error) ([]workflow.Item, error) {
	if err := f.r.Err(); err != nil {
		return nil, err
	}
	if err := do(); err != nil {
		return nil, err
	}
	*f.changed = true
	return []workflow.Item{row(f.r.Item(), value.Obj("success", true))}, nil
}

// list gives an item for each entry: breadth first if it goes into directories.
func (f *remoteFiling) list(dir string, recursive bool) ([]workflow.Item, error) {
	if err := f.r.Err(); err != nil {
		return nil, err
	}
	var out []workflow.Item
	for dirs := []string{dir}; len(dirs) > 0; dirs = dirs[1:] {
		entries, err := f.server.List(f.ctx, dirs[0])
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			at := strings.TrimSuffix(dirs[0], "/") + "/" + e.Name
			if recursive && e.Type == "d" {
				dirs = append(dirs, at)
			}
			out = append(out, row(f.r.Item(), entry(e, at)))
		}
		if len(out) > maxListed {
			return nil, fault.New(fault.Invalid, fault.CodePayloadTooLarge, "There are more than %d entries below %q; list a directory that has fewer.", maxListed, dir)
		}
	}
	return out, nil
}

// entry is n8n's form of an entry.
func entry(e node.RemoteFile, at string) *value.Object {
	o := value.Obj("type", e.Type, "name", e.Name)
	if e.Target != "" {
		o.Set("target", e.Target)
	}
	o.Set("size", float64(e.Size))
	o.Set("modifyTime", moment.JS(e.Modified))
	if e.Unix {
		o.Set("accessTime", moment.JS(e.Accessed))
		o.Set("rights", value.Obj("user", rights(e.Mode>>6), "group", rights(e.Mode>>3), "other", rights(e.Mode)))
		o.Set("owner", float64(e.Owner))
		o.Set("group", float64(e.Group))
	}
	o.Set("path", at)
	return o
}

// rights are the letters of three permission bits.
func rights(mode uint32) string {
	out := ""
	for i, letter := range "rwx" {
		if mode&(4>>i) != 0 {
			out += string(letter)
		}
	}
	return out
}

// download adds a file of the server to the item.
func (f *remoteFiling) download(name, as string) ([]workflow.Item, error) {
	field := f.r.String("binaryPropertyName", "data")
	if err := f.r.Err(); err != nil {
		return nil, err
	}
	content, err := f.server.Read(f.ctx, name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = content.Close() }()
	file, err := f.c.StreamFile(f.ctx, f.r.Item(), workflow.Binary{FileName: as}, content)
	if err != nil {
		return nil, err
	}
	out := row(f.r.Item(), f.it.JSON)
	out.Binary = f.it.WithFile(field, file)
	return []workflow.Item{out}, nil
}

// upload writes a file of the item, or text; the item goes on as it is.
func (f *remoteFiling) upload() ([]workflow.Item, error) {
	name, isFile, field := f.r.String("path", ""), f.r.Bool("binaryData", true), f.r.String("binaryPropertyName", "data")
	text := ""
	if !isFile {
		text = f.r.String("fileContent", "")
	}
	if err := f.r.Err(); err != nil {
		return nil, err
	}
	var err error
	if isFile {
		err = f.send(field, name)
	} else {
		err = f.server.Write(f.ctx, name, strings.NewReader(text))
	}
	if err != nil {
		return nil, err
	}
	out := row(f.r.Item(), f.it.JSON)
	out.Binary = f.it.Binary
	return []workflow.Item{out}, nil
}

// send writes a file of the item.
func (f *remoteFiling) send(field, name string) error {
	file, err := fileOf(f.it, field)
	if err != nil {
		return err
	}
	content, err := f.c.OpenFile(f.ctx, file, field)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	return f.server.Write(f.ctx, name, content)
}
