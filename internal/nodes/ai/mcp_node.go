package ai

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/mcp"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// mcpClientNode calls one tool of an MCP server for each item. Its family is that of
// AI nodes, which has all that it needs, and the name of its tool is taken.
func mcpClientNode() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "@n8n/n8n-nodes-langchain.mcpClient", Versions: []float64{1, 1.1}, Name: "MCP Client",
			Description: "Calls a tool of an MCP server for each item.", Group: "ai", Family: node.AI,
			Inputs: []string{"main"}, Outputs: []string{"main"}, Credentials: mcpCredentials,
			Params: []node.Param{
				{Name: "serverTransport", Type: "options", Default: "httpStreamable", Options: mcpTransports},
				{Name: "endpointUrl", Type: "string", Required: true, Description: "The server's address."},
				mcpAuthParam(),
				{Name: "tool", Type: "resourceLocator", Required: true, Description: "The tool's name."},
				{Name: "inputMode", Type: "options", Default: "manual", Options: []node.Option{{Value: "manual", Name: "Manual"}, {Value: "json", Name: "JSON"}}},
				{Name: "parameters", Type: "resourceMapper", Description: "The tool's arguments.", Show: map[string][]any{"inputMode": {"manual"}}},
				{Name: "jsonInput", Type: "json", Description: "The tool's arguments.", Show: map[string][]any{"inputMode": {"json"}}},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
					{Name: "convertToBinary", Type: "boolean", Default: true, Description: "Whether pictures and sounds become files."},
					{Name: "timeout", Type: "number", Default: float64(mcpTimeout), Description: "How long a call may take, in milliseconds."}}},
			},
		},
		Run:    runMCP,
		Effect: func(*node.Call) node.Effect { return node.Unsafe }, // only the server knows what its tools do
	}
}

func runMCP(ctx context.Context, c *node.Call) (node.Result, error) {
	r := c.At(0)
	server := mcpServer{
		node: c.Node, url: r.String("endpointUrl", ""), auth: r.String("authentication", "none"),
		sse: r.String("serverTransport", "httpStreamable") == "sse",
	}
	if err := r.Err(); err != nil {
		return node.Result{}, err
	}
	x, err := server.connect(ctx, c)
	if err != nil {
		return node.Result{}, err
	}
	defer x.Close(ctx)
	called := false
	items, err := c.EachOr(ctx, c.Items(), func(r *node.Reader, _ workflow.Item) ([]workflow.Item, error) {
		item, err := callMCP(ctx, c, r, x)
		if err != nil && called { // repeating the run would repeat the calls before
			err = node.WithOutcome(err, fault.Unknown)
		}
		called = called || err == nil
		return []workflow.Item{item}, err
	}, func(i int, err error) []workflow.Item {
		return []workflow.Item{{JSON: value.Obj("error", value.Obj("message", fault.Of(err).Message)), Paired: []workflow.Paired{{Item: i}}}}
	})
	if err != nil {
		return node.Result{}, err
	}
	return node.Result{Outputs: [][]workflow.Item{items}}, nil
}

// callMCP makes the call of one item.
func callMCP(ctx context.Context, c *node.Call, r *node.Reader, x *mcpConnection) (workflow.Item, error) {
	name, args, timeout := node.Text(r.Locator("tool")), mcpArguments(r), timeoutOf(r.Number("options.timeout", mcpTimeout))
	files := r.Bool("options.convertToBinary", true)
	if err := r.Err(); err != nil {
		return workflow.Item{}, err
	}
	if name == "" {
		return workflow.Item{}, node.Errorf("No tool is chosen; choose one in the parameter Tool.")
	}
	res, err := x.Call(ctx, name, args, timeout)
	var refused *mcp.Error
	if errors.As(err, &refused) {
		f := node.Errorf("%s", refused.Error())
		f.Outcome = fault.Refused
		return workflow.Item{}, f
	}
	if err != nil {
		return workflow.Item{}, err
	}
	if res.IsError && c.Node.TypeVersion >= 1.1 {
		text := res.Text()
		if text == "" {
			text = fmt.Sprintf("Tool %q returned an error", name)
		}
		f := node.Errorf("%s", text)
		f.Outcome = fault.Unknown // the tool ran, as far as it got
		return workflow.Item{}, f
	}
	return mcpItem(ctx, c, r, res, files)
}

// mcpArguments are the tool's arguments.
func mcpArguments(r *node.Reader) *value.Object {
	if r.String("inputMode", "manual") == "json" {
		return r.Object("jsonInput")
	}
	return r.Object("parameters.value")
}

// mcpItem is a result as n8n gives it: texts that are JSON are read, and files stand
// beside as data_0, data_1, …
func mcpItem(ctx context.Context, c *node.Call, r *node.Reader, res mcp.Result, files bool) (workflow.Item, error) {
	item := workflow.Item{JSON: value.NewObject(2), Paired: []workflow.Paired{{Item: r.Item()}}}
	var content []any
	for _, x := range res.Content {
		o, ok := x.(*value.Object)
		typ := node.Get(o, "type", "")
		switch {
		case ok && typ == "text":
			o = o.Clone()
			if v, err := value.Parse([]byte(node.Get(o, "text", ""))); err == nil {
				o.Set("text", v)
			}
			content = append(content, o)
		case ok && files && (typ == "image" || typ == "audio"):
			if err := addFile(ctx, c, &item, o); err != nil {
				return item, err
			}
		default:
			content = append(content, x)
		}
	}
	if res.Structured != nil {
		item.JSON.Set("structuredContent", res.Structured)
	}
	if len(content) > 0 {
		item.JSON.Set("content", content)
	}
	return item, nil
}

func addFile(ctx context.Context, c *node.Call, item *workflow.Item, o *value.Object) error {
	data, err := base64.StdEncoding.DecodeString(node.Get(o, "data", ""))
	if err != nil {
		return node.Errorf("The MCP server sent a file that is not Base64.")
	}
	mime := node.Get(o, "mimeType", "")
	f, err := c.SaveFile(ctx, item.Paired[0].Item, workflow.Binary{MimeType: mime, FileType: node.FileType(mime)}, bytes.NewReader(data))
	if err != nil {
		return err
	}
	if item.Binary == nil {
		item.Binary = map[string]workflow.Binary{}
	}
	item.Binary[fmt.Sprintf("data_%d", len(item.Binary))] = f
	return nil
}
