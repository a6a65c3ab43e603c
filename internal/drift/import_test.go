package drift

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/automatelanka/automatelanka/"

// vocabulary imports nothing of ours but other vocabulary.
var vocabulary = []string{"internal/clock", "internal/fault", "internal/ident", "internal/value"}

// adapters may use the AWS SDK, and so may app and the local cloud.
var adapters = []string{
	"internal/dynamostore", "internal/sqsqueue", "internal/sfnengine", "internal/s3blob", "internal/kmsseal", "internal/cloudwatch",
	"internal/scheduler", "internal/lambdacall", "internal/wspush", "internal/app", "internal/lambdarun", "infra", "internal/sim", "internal/e2e", "functions",
}

// domain packages know neither AWS nor HTTP servers.
var domain = []string{
	"internal/workflow", "internal/expr", "internal/execution", "internal/admission", "internal/trigger", "internal/tenant",
	"internal/usage", "internal/credential", "internal/template", "internal/search", "internal/live",
	"internal/archive", "internal/registration", "internal/form", "internal/datatable", "internal/dedupe",
}

// wallClock are the only packages that may read the wall clock or chance.
var wallClock = []string{"internal/clock", "internal/ident"}

// goFile is one source file with its imports.
type goFile struct {
	dir, path string
	imports   []string
	test      bool
	text      string
}

func sources(t *testing.T) []goFile {
	t.Helper()
	root := filepath.Join("..", "..")
	var out []goFile
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && rel != "." || d.Name() == "node_modules" || d.Name() == "testdata" || rel == "build") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		g := goFile{dir: filepath.ToSlash(filepath.Dir(rel)), path: filepath.ToSlash(rel), test: strings.HasSuffix(path, "_test.go"), text: string(text)}
		for _, i := range f.Imports {
			name, _ := strconv.Unquote(i.Path.Value)
			g.imports = append(g.imports, name)
		}
		out = append(out, g)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 100 {
		t.Fatalf("only %d source files were found", len(out))
	}
	return out
}

func within(dir string, list []string) bool {
	for _, p := range list {
		if dir == p || strings.HasPrefix(dir, p+"/") {
			return true
		}
	}
	return false
}

func TestVocabularyImportsNothingOfOurs(t *testing.T) {
	for _, f := range sources(t) {
		if f.test || !within(f.dir, vocabulary) {
			continue
		}
		for _, i := range f.imports {
			if own, ok := strings.CutPrefix(i, module); ok && !within(own, vocabulary) {
				t.Errorf("%s imports %s: vocabulary imports nothing of ours", f.path, own)
			}
		}
	}
}

func TestOnlyAdaptersKnowAWS(t *testing.T) {
	for _, f := range sources(t) {
		if f.test || within(f.dir, adapters) {
			continue
		}
		for _, i := range f.imports {
			if strings.HasPrefix(i, "github.com/aws/") {
				t.Errorf("%s imports %s: only adapters, app and the local cloud may", f.path, i)
			}
		}
	}
}

func TestDomainKnowsNoEdges(t *testing.T) {
	edges := []string{
		"internal/httpapi", "internal/lambdarun", "internal/app", "internal/telemetry", "internal/dynamostore", "internal/sqsqueue",
		"internal/sfnengine", "internal/s3blob", "internal/lambdacall", "internal/safedial", "internal/openaichat", "internal/onnxembed", "infra", "functions",
	}
	for _, f := range sources(t) {
		if f.test || !within(f.dir, domain) || strings.Contains(f.dir, "/cmd") || strings.HasPrefix(f.dir, "internal/search/eval") || strings.HasPrefix(f.dir, "internal/template/gen") {
			continue
		}
		for _, i := range f.imports {
			if own, ok := strings.CutPrefix(i, module); ok && within(own, edges) {
				t.Errorf("%s imports %s: the domain knows no edges", f.path, own)
			}
		}
	}
}

func TestNothingDeployedImportsTheLocalCloud(t *testing.T) {
	for _, f := range sources(t) {
		if f.test || within(f.dir, []string{"infra", "internal/e2e", "internal/sim", "internal/drift"}) {
			continue
		}
		for _, i := range f.imports {
			own, ok := strings.CutPrefix(i, module)
			if ok && within(own, []string{"infra", "internal/e2e", "internal/sim"}) {
				t.Errorf("%s imports %s, which is not deployed", f.path, own)
			}
		}
	}
}

func TestTimeAndChanceEnterThroughOneDoor(t *testing.T) {
	for _, f := range sources(t) {
		if f.test || within(f.dir, wallClock) {
			continue
		}
		for _, call := range []string{"time.Now(", "time.Sleep(", "time.After(", "time.Tick("} {
			if strings.Contains(stripComments(f.text), call) {
				t.Errorf("%s calls %s…): use the clock", f.path, call)
			}
		}
	}
}

// stripComments drops comment lines: they may speak of what code must not call.
func stripComments(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "//") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// shortened is text cut by hand. Each place that did it counted its bound another way:
// with the ellipsis within it or beyond it, in the middle of a character or at its end.
var shortened = regexp.MustCompile(`ToValidUTF8\(.*\[:.*\+\s*"…"`)

func TestTextIsShortenedInOneWay(t *testing.T) {
	for _, f := range sources(t) {
		if !f.test && shortened.MatchString(stripComments(f.text)) {
			t.Errorf("%s cuts text and adds an ellipsis by itself: fault.Shorten does", f.path)
		}
	}
}

// waysOut are packages that open connections which no tenant names: to the issuer that
// the operator set, to the stack's own WebSocket address, to the stack that is reindexed.
var waysOut = []string{"internal/safedial", "internal/oidc", "internal/wspush", "internal/search/cmd", "internal/e2e", "internal/nodes/service/servertest", "infra", "functions"}

var opensConnections = regexp.MustCompile(`http\.(DefaultClient|DefaultTransport|Client\{|Transport\{|Get\(|Post\(|PostForm\(|Head\()|net\.(Dial|Dialer)\b|net\.DialTimeout|tls\.(Dial|Dialer)\b`)

// TestThereIsOneWayOut: what a tenant's workflow opens goes through safedial. A client
// beside it would reach what is ours.
func TestThereIsOneWayOut(t *testing.T) {
	for _, f := range sources(t) {
		if !f.test && !within(f.dir, waysOut) && opensConnections.MatchString(stripComments(f.text)) {
			t.Errorf("%s opens connections past safedial", f.path)
		}
	}
}
