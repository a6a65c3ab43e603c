package ai

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// tool is something that an agent may call.
type tool struct {
	name, description string
	schema            *value.Object // of the arguments
	run               func(ctx context.Context, args string) (string, error)
	unsafe            bool     // a call may change something outside
	workflow          *subTool // it runs a workflow, instead of run; nil for others
}

// maxToolText is how much of a tool's result a model gets to read, in bytes.
const maxToolText = 64 << 10

// cut is a result as far as a model may read it.
func cut(text string) string {
	if len(text) <= maxToolText {
		return text
	}
	return strings.ToValidUTF8(text[:maxToolText], "") + fmt.Sprintf("\n(cut: the whole result has %d bytes; ask for less)", len(text))
}

// toolKind makes the tool of a sub-node's type.
type toolKind struct {
	make func(s *session, n *sub) (*tool, error)
	// all makes several tools of one sub-node, instead of make.
	all func(s *session, n *sub) ([]*tool, error)
	// unsafe reports whether a call of the tool may change something outside; nil: never.
	unsafe func(n *workflow.Node) bool
}

var toolKinds = map[string]toolKind{
	"toolCalculator":  {make: calculator},
	"toolThink":       {make: think},
	"toolWikipedia":   {make: wikipedia},
	"toolCode":        {make: codeTool},
	"toolHttpRequest": {make: httpTool, unsafe: httpToolUnsafe},
	"toolWorkflow":    {make: workflowTool},
	"toolSerpApi":     {make: serpTool},
	"toolVectorStore": {make: answeringTool},
	mcpToolType:       {all: mcpTools, unsafe: func(*workflow.Node) bool { return true }},

	"vectorStoreQdrant":   {make: storeTool},
	"vectorStorePinecone": {make: storeTool},
	"vectorStoreSupabase": {make: storeTool},
	"vectorStoreMilvus":   {make: storeTool},
	"vectorStorePGVector": {make: storeTool},
	"vectorStoreInMemory": {make: storeTool},
}

// connectedTools are the tools of the node; their names are unique.
func connectedTools(ctx context.Context, s *session) ([]*tool, error) {
	var list []*tool
	seen := map[string]bool{}
	for _, n := range connected(s.c.Workflow, s.c.Node, "ai_tool") {
		k, ok := toolKinds[kind(n)]
		if !ok && s.c.ToolType(n) != nil {
			k, ok = toolKind{make: makeNodeTool}, true
			if n.Type == agentToolType {
				k.make = agentTool
			}
		}
		if !ok {
			return nil, unsupported(n, "The tool")
		}
		made, err := k.tools(s, newSub(ctx, s.c, n))
		if err != nil {
			return nil, err
		}
		for _, t := range made {
			if seen[t.name] {
				return nil, node.Errorf("You have multiple tools with the same name: '%s', please rename them to avoid conflicts", t.name)
			}
			seen[t.name] = true
		}
		list = append(list, made...)
	}
	return list, nil
}

// tools makes the tools of a sub-node.
func (k toolKind) tools(s *session, r *sub) ([]*tool, error) {
	if k.all != nil {
		return k.all(s, r)
	}
	t, err := k.make(s, r)
	if err == nil {
		err = r.problem()
	}
	if err != nil {
		return nil, err
	}
	if k.unsafe != nil {
		t.unsafe = k.unsafe(r.node)
	}
	return []*tool{t}, nil
}

// definition is the tool in OpenAI's form.
func (t *tool) definition() *value.Object {
	return value.Obj("type", "function", "function", value.Obj("name", t.name, "description", t.description, "parameters", t.schema))
}

var notInNames = regexp.MustCompile(`[^a-zA-Z0-9_-]+`)

// toolName is the parameter "name", or the node's own name as models allow it.
func toolName(s *sub) string {
	if name := s.text("name", ""); name != "" {
		return notInNames.ReplaceAllString(name, "_")
	}
	name := notInNames.ReplaceAllString(s.node.Name, "_")
	return name[:min(len(name), 64)]
}

// oneText is the schema of a single text argument.
func oneText(name, description string) *value.Object {
	return value.Obj("type", "object", "properties", value.Obj(name, value.Obj("type", "string", "description", description)), "required", []any{name})
}

// argument reads one argument, or the whole text if it is not JSON.
func argument(args, name string) string {
	o, err := value.ParseObject([]byte(args))
	if err != nil {
		return args
	}
	return node.Get(o, name, "")
}

func think(_ *session, s *sub) (*tool, error) {
	return &tool{
		name: toolName(s), schema: oneText("input", "The thought"),
		description: s.text("description", "Use the tool to think about something. It will not obtain new information or change anything, but just append the thought to the log. Use it when complex reasoning or some cache memory is needed."),
		run:         func(_ context.Context, args string) (string, error) { return argument(args, "input"), nil },
	}, nil
}

func calculator(_ *session, s *sub) (*tool, error) {
	return &tool{
		name: "calculator", schema: oneText("input", "A mathematical expression"),
		description: "Useful for getting the result of a math expression. The input to this tool should be a valid mathematical expression that could be executed by a simple calculator.",
		run: func(_ context.Context, args string) (string, error) {
			n, err := calculate(argument(args, "input"))
			if err != nil {
				return "I don't know how to do that.", nil
			}
			return value.FormatNumber(n), nil
		},
	}, nil
}

// codeTool runs JavaScript that gets the model's query and returns text.
func codeTool(s *session, r *sub) (*tool, error) {
	if lang := r.text("language", "javaScript"); lang != "javaScript" {
		return nil, node.Errorf("The tool %q is written in %s; only JavaScript is supported.", r.node.Name, lang)
	}
	if s.c.Services.Code == nil {
		return nil, unsupported(r.node, "Here the code tool")
	}
	t := &tool{name: toolName(r), description: r.text("description", ""), schema: oneText("query", "The query")}
	own := r.flag("specifyInputSchema", false)
	if own {
		schema, err := authorSchema(r)
		if err != nil {
			return nil, err
		}
		t.schema = schema
	}
	source, _ := r.node.Parameters.Get("jsCode")
	t.run = func(ctx context.Context, args string) (string, error) {
		query := value.JSON(argument(args, "query"))
		if own {
			query = []byte(args)
		}
		// The query is data: it goes in as a JSON literal, never as text of the program.
		job := node.CodeJob{Call: s.c, Legacy: "tool", Source: "const query = JSON.parse(" + string(value.JSON(string(query))) + ");" + node.Text(source)}
		out, err := s.c.Services.Code.Run(ctx, job)
		if err != nil || len(out.Items) == 0 {
			return "", err
		}
		v, _ := out.Items[0].JSON.Get("response")
		return strings.TrimSpace(node.Text(v)), nil
	}
	return t, nil
}
