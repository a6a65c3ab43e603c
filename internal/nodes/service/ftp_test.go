package service

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/remote"
	"github.com/automatelanka/automatelanka/internal/remote/remotetest"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// remoteWorld is a world of a node type with the server of a credential.
func remoteWorld(typ string, credential map[string]string) world {
	return world{typ: typ, version: 1, services: node.Services{Remotes: remote.New(&net.Dialer{}), Credentials: vault(credential)}}
}

func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var times = regexp.MustCompile(`"\d{4}-[^"]*Z"`)

// listed are the items of a list, without what differs from machine to machine.
func (w world) listed(t *testing.T, parameters string) string {
	t.Helper()
	out := w.execute(t, parameters, items(t, `{}`))
	if out.Err != nil {
		t.Fatalf("%s: %v", parameters, out.Err)
	}
	list := []any{}
	for _, it := range out.Run.Outputs[0] {
		it.JSON.Delete("owner")
		it.JSON.Delete("group")
		if node.Get(it.JSON, "type", "") == "d" {
			it.JSON.Delete("size")
		}
		list = append(list, it.JSON)
	}
	return times.ReplaceAllString(string(value.JSON(list)), "T")
}

func TestFTPLists(t *testing.T) {
	dir := tree(t, map[string]string{"a.txt": "abc", "sub/b.txt": "b"})
	if err := os.Chmod(filepath.Join(dir, "sub"), 0o755); err != nil { //nolint:gosec // rights are what is listed
		t.Fatal(err)
	}
	ftp := remoteWorld("ftp", remotetest.FTP(t, dir))
	if got := ftp.listed(t, `{"operation":"list","path":"/","recursive":true}`); got != `[{"type":"-","name":"a.txt","size":3,"modifyTime":T,"path":"/a.txt"},`+
		`{"type":"d","name":"sub","modifyTime":T,"path":"/sub"},{"type":"-","name":"b.txt","size":1,"modifyTime":T,"path":"/sub/b.txt"}]` {
		t.Errorf("FTP lists %s", got)
	}
	sftp := remoteWorld("ftp", remotetest.SSH(t, dir).Credential)
	if got := sftp.listed(t, `{"protocol":"sftp","operation":"list","path":"sub/"}`); got !=
		`[{"type":"-","name":"b.txt","size":1,"modifyTime":T,"accessTime":T,"rights":{"user":"rw","group":"r","other":""},"path":"sub/b.txt"}]` {
		t.Errorf("SFTP lists %s", got)
	}
}

func TestFTPMovesFiles(t *testing.T) {
	for protocol, server := range map[string]func(dir string) map[string]string{
		"ftp":  func(dir string) map[string]string { return remotetest.FTP(t, dir) },
		"sftp": func(dir string) map[string]string { return remotetest.SSH(t, dir).Credential },
	} {
		t.Run(protocol, func(t *testing.T) {
			dir := tree(t, map[string]string{"in/a.txt": "abc"})
			w := remoteWorld("ftp", server(dir))
			parameters := func(rest string) string { return `{"protocol":"` + protocol + `",` + rest + `}` }
			out := w.execute(t, parameters(`"operation":"download","path":"in/a.txt","binaryPropertyName":"got"`), items(t, `{"n":1}`))
			if out.Err != nil {
				t.Fatal(out.Err)
			}
			it := out.Run.Outputs[0][0]
			if f := it.Binary["got"]; string(f.Data) != "abc" || f.FileName != "a.txt" || string(value.JSON(it.JSON)) != `{"n":1}` {
				t.Fatalf("downloaded %+v", it)
			}
			in := []workflow.Item{it}
			w.gives(t, parameters(`"operation":"upload","path":"in/b.txt","binaryPropertyName":"got"`), in, `[{"n":1}]`)
			w.gives(t, parameters(`"operation":"upload","path":"in/c.txt","binaryData":false,"fileContent":"={{ 'n ' + $json.n }}"`), in, `[{"n":1}]`)
			w.gives(t, parameters(`"operation":"rename","oldPath":"in/b.txt","newPath":"b.txt"`), in, `[{"success":true}]`)
			w.gives(t, parameters(`"operation":"delete","path":"in/a.txt"`), in, `[{"success":true}]`)
			for name, want := range map[string]string{"b.txt": "abc", "in/c.txt": "n 1"} {
				if b, err := os.ReadFile(filepath.Join(dir, name)); string(b) != want {
					t.Errorf("%s has %q, %v", name, b, err)
				}
			}
			w.gives(t, parameters(`"operation":"delete","path":"in","options":{"folder":true,"recursive":true}`), in, `[{"success":true}]`)
			if f := w.fails(t, parameters(`"operation":"delete","path":"in/a.txt"`), in); f.Outcome != fault.Refused {
				t.Errorf("%+v", f)
			}
			if f := w.fails(t, parameters(`"operation":"upload","path":"x","binaryPropertyName":"none"`), in); f.Kind != fault.Invalid {
				t.Errorf("%+v", f)
			}
		})
	}
}

// TestAFailureAfterAnEffectIsUnknown: repeating the node run would repeat the first item.
func TestAFailureAfterAnEffectIsUnknown(t *testing.T) {
	w := remoteWorld("ftp", remotetest.FTP(t, tree(t, map[string]string{"a": "a"})))
	f := w.fails(t, `{"operation":"delete","path":"={{ $json.p }}"}`, items(t, `{"p":"a"}`, `{"p":"none"}`))
	if f.Outcome != fault.Unknown {
		t.Errorf("%+v", f)
	}
}

func TestSSH(t *testing.T) {
	dir := tree(t, map[string]string{"it's/a.txt": "abc", "b.txt": "b"})
	w := remoteWorld("ssh", remotetest.SSH(t, dir).Credential)
	in := items(t, `{"n":1}`)
	w.gives(t, `{"command":"={{ 'cat a.txt; echo ' + $json.n + ' >&2; exit 3' }}","cwd":"~/it's"}`, in, `[{"code":3,"signal":null,"stdout":"abc","stderr":"1"}]`)
	w.gives(t, `{"command":"pwd"}`, in, `[{"code":0,"signal":null,"stdout":"/","stderr":""}]`)
	out := w.execute(t, `{"resource":"file","operation":"download","path":"~/b.txt"}`, in)
	if out.Err != nil {
		t.Fatal(out.Err)
	}
	it := out.Run.Outputs[0][0]
	if f := it.Binary["data"]; string(f.Data) != "b" || f.FileName != "b.txt" {
		t.Fatalf("downloaded %+v", it)
	}
	w.gives(t, `{"resource":"file","path":"~/it's/","options":{"fileName":"../c.txt"}}`, []workflow.Item{it}, `[{"success":true}]`)
	if b, err := os.ReadFile(filepath.Join(dir, "it's/c.txt")); string(b) != "b" {
		t.Errorf("uploaded %q, %v", b, err)
	}
	w.fails(t, `{"command":"pwd","cwd":"~root"}`, in)
}

func TestEffectsOnServers(t *testing.T) {
	ftp, ssh := remoteWorld("ftp", nil), remoteWorld("ssh", nil)
	for _, x := range []struct {
		w          world
		parameters string
		want       node.Effect
	}{
		{ftp, `{}`, node.Safe}, {ftp, `{"operation":"list"}`, node.Safe}, {ftp, `{"operation":"upload"}`, node.Keyed}, {ftp, `{"operation":"delete"}`, node.Unsafe},
		{ssh, `{}`, node.Unsafe}, {ssh, `{"options":{"idempotency":"honoured"}}`, node.Keyed}, {ssh, `{"resource":"file"}`, node.Keyed}, {ssh, `{"resource":"file","operation":"download"}`, node.Safe},
	} {
		env, step := x.w.step(t, x.parameters, items(t, `{}`))
		if got := env.EffectOf(t.Context(), step); got != x.want {
			t.Errorf("%s %s is %s", x.w.typ, x.parameters, got)
		}
	}
}
