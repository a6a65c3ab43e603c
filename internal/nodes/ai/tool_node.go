package ai

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// nodeTool makes a tool of a node of another family: n8n's "<type>Tool" nodes.
// The model's arguments are those that the node's parameters ask for by $fromAI.
type nodeTool struct {
	s    *session
	node *workflow.Node
	args *arguments
	seen map[string]int // how often the model called it with the same arguments
}

func makeNodeTool(s *session, r *sub) (*tool, error) {
	t := &nodeTool{s: s, node: r.node, args: argumentsOf(r.node.Parameters), seen: map[string]int{}}
	name := notInNames.ReplaceAllString(r.node.Name, "_")
	return &tool{
		name: name[:min(len(name), 64)], description: t.description(r), schema: t.args.schema(), run: t.run,
		unsafe: nodeToolUnsafe(s.c, r.node),
	}, r.problem()
}

// nodeToolUnsafe reports whether a call of the tool may change something. What a
// model repeats need not be what it did before, so that a key or an operation
// that does no harm twice is not enough.
func nodeToolUnsafe(c *node.Call, n *workflow.Node) bool {
	typ := c.ToolType(n)
	if typ.Effect == nil {
		return false
	}
	for _, p := range typ.Spec.Parameters() {
		if raw, _ := n.Parameters.Get(p.Name); p.Type == "options" && len(argumentsOf(raw).list) > 0 {
			return true // the model chooses what is done
		}
	}
	call := c.ToolCall(context.Background(), node.ToolRun{Node: n})
	defer call.Close()
	return typ.Effect(call) != node.Safe
}

// description is the author's, or says which operation of which service it is.
func (t *nodeTool) description(r *sub) string {
	if text := r.text("toolDescription", ""); text != "" && r.text("descriptionType", "manual") == "manual" {
		return text
	}
	spec := &t.s.c.ToolType(t.node).Spec
	call := t.s.c.ToolCall(r.ctx, node.ToolRun{Node: t.node})
	defer call.Close()
	resource, operation := chosen(call, spec, "resource"), chosen(call, spec, "operation")
	text := spec.Name
	if what := strings.TrimSpace(operation + " " + strings.ToLower(resource)); what != "" {
		text = what + " in " + spec.Name
	}
	about, _, _ := strings.Cut(spec.Description, " API: ") // the reference is not for models
	return text + ". " + about
}

// chosen is the display name of the value that an options parameter has.
func chosen(c *node.Call, spec *node.Spec, name string) string {
	v, err := c.Param(name, 0)
	if err != nil || v == nil {
		return ""
	}
	for _, p := range spec.Parameters() {
		if p.Name != name {
			continue
		}
		for _, o := range p.Options {
			if o.Value == node.Text(v) && o.Name != "" {
				return o.Name
			}
		}
	}
	return node.Text(v)
}

// run runs the node once with the model's arguments and gives its items as JSON.
func (t *nodeTool) run(ctx context.Context, text string) (string, error) {
	args, err := t.args.read(text)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(value.JSON(args))
	id := hex.EncodeToString(sum[:8])
	t.seen[id]++
	res, err := t.s.c.RunTool(ctx, node.ToolRun{
		Node: t.node, Item: t.s.item, Args: args, ID: fmt.Sprintf("%d/%s/%d", t.s.item, id, t.seen[id]+callsPerTurn*t.s.asked),
	})
	t.s.count(res)
	if err != nil {
		return "", told(err)
	}
	return said(res), nil
}

// callsPerTurn keeps the numbers of calls apart that an agent makes before and
// after a workflow that it asked for: it counts anew when it goes on.
const callsPerTurn = 1_000_000

// said are the items of the first output, as the model reads them.
func said(res node.Result) string {
	list, files := []any{}, 0
	if len(res.Outputs) > 0 {
		for _, it := range res.Outputs[0] {
			list = append(list, it.JSON)
			files += len(it.Binary)
		}
	}
	out := cut(string(value.JSON(list)))
	if files > 0 {
		out += fmt.Sprintf("\n(%d files are left out)", files)
	}
	return out
}

// told is a failure with all that its message and its detail say: a model learns
// from it what to do otherwise.
func told(err error) error {
	detail := node.DetailOf(err)
	f := *fault.Of(err)
	if detail == "" || strings.Contains(f.Message, detail) {
		return err
	}
	f.Message += ": " + detail
	return &f
}

// arguments are the places that a node's parameters leave to the model.
type arguments struct{ list []argumentPlace }

type argumentPlace struct {
	key, description, typ string
	def                   any // nil: it is required
}

// argumentsOf finds the calls of $fromAI in all texts of the parameters; the first
// of a key counts.
func argumentsOf(v any) *arguments {
	a := &arguments{}
	a.collect(v)
	return a
}

func (a *arguments) collect(v any) {
	switch v := v.(type) {
	case string:
		for _, p := range fromAI(v) {
			if !slices.ContainsFunc(a.list, func(x argumentPlace) bool { return x.key == p.key }) {
				a.list = append(a.list, p)
			}
		}
	case []any:
		for _, x := range v {
			a.collect(x)
		}
	case *value.Object:
		for _, x := range v.All() {
			a.collect(x)
		}
	}
}

func (a *arguments) schema() *value.Object {
	properties, required := value.NewObject(len(a.list)), []any{}
	for _, p := range a.list {
		o := value.Obj("type", p.typ)
		if p.description != "" {
			o.Set("description", p.description)
		}
		if p.def != nil {
			o.Set("default", p.def)
		} else {
			required = append(required, p.key)
		}
		properties.Set(p.key, o)
	}
	return value.Obj("type", "object", "properties", properties, "required", required)
}

// read reads the model's arguments, each as the type that is asked for.
func (a *arguments) read(text string) (*value.Object, error) {
	if strings.TrimSpace(text) == "" {
		text = "{}"
	}
	given, err := value.ParseObject([]byte(text))
	if err != nil {
		return nil, node.Errorf("The arguments are not a JSON object.")
	}
	out := value.NewObject(len(a.list))
	for _, p := range a.list {
		v, ok := given.Get(p.key)
		if !ok || v == nil {
			if p.def == nil {
				return nil, node.Errorf("The argument %q is missing.", p.key)
			}
			continue
		}
		if v, ok = p.cast(v); !ok {
			return nil, node.Errorf("The argument %q must be of type %s.", p.key, p.typ)
		}
		out.Set(p.key, v)
	}
	return out, nil
}

// cast is a value as the place's type: models write numbers as texts, and texts
// as numbers.
func (p *argumentPlace) cast(v any) (any, bool) {
	switch p.typ {
	case "number":
		n := node.ToNumber(v)
		return n, n == n && v != ""
	case "boolean":
		if s, isText := v.(string); isText {
			return s == "true", s == "true" || s == "false"
		}
		_, ok := v.(bool)
		return v, ok
	case "object":
		if s, isText := v.(string); isText {
			parsed, err := value.Parse([]byte(s))
			v = parsed
			if err != nil {
				return nil, false
			}
		}
		return v, true
	}
	return node.Text(v), true
}
