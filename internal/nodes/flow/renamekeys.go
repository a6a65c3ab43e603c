package flow

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/node/jsregex"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func renameKeys() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.renameKeys", Versions: []float64{1}, Name: "Rename Keys",
			Description: "Gives fields of items other names.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "keys", Type: "fixedCollection", Default: map[string]any{}, Description: "The fields: currentKey, newKey."},
				{Name: "additionalOptions", Type: "collection", Default: map[string]any{}, Description: "regexReplacement: searchRegex, replaceRegex, depth, caseInsensitive."},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			return one(c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
				out := derived(r.Item(), it.JSON.Shallow())
				out.Binary = it.Binary
				g := getter{}
				for _, e := range entries(r, c, "keys.key", map[string]any{"currentKey": "", "newKey": ""}) {
					from, to := e.text("currentKey"), e.text("newKey")
					v := g.get(it.JSON, from)
					if from == "" || to == "" || from == to || v == condition.Missing {
						continue
					}
					if err := g.set(out.JSON, to, v); err != nil {
						return nil, err
					}
					g.unset(out.JSON, from)
				}
				for _, o := range r.Objects("additionalOptions.regexReplacement.replacements") {
					renamed, err := renameByPattern(out.JSON, o)
					if err != nil {
						return nil, err
					}
					out.JSON = renamed
				}
				return []workflow.Item{out}, nil
			}))
		},
	}
}

func renameByPattern(o, rule *value.Object) (*value.Object, error) {
	flags := ""
	if v, _ := value.Path(rule, "options", "caseInsensitive"); node.Truthy(v) {
		flags = "i"
	}
	re, err := jsregex.Compile(node.Get(rule, "searchRegex", ""), flags)
	if err != nil {
		return nil, err
	}
	depth := -1.0
	if v, ok := value.Path(rule, "options", "depth"); ok {
		depth = node.ToNumber(v)
	}
	p := renamer{re: re, with: node.Get(rule, "replaceRegex", "")}
	v, err := p.rename(o, int(depth), 0)
	renamed, _ := v.(*value.Object)
	return renamed, err
}

// maxRenameDepth bounds how deep names are replaced.
const maxRenameDepth = 200

type renamer struct {
	re   *jsregex.Regexp
	with string
}

// rename replaces names to a depth, -1 for all the way; renamed fields go last.
func (p renamer) rename(v any, depth, level int) (any, error) {
	if level > maxRenameDepth {
		return nil, node.Errorf("The data is nested deeper than %d levels.", maxRenameDepth)
	}
	switch v := v.(type) {
	case []any:
		out := append([]any{}, v...)
		for i, x := range out {
			if depth == 0 {
				break
			}
			var err error
			if out[i], err = p.rename(x, depth-1, level+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case *value.Object:
		return p.renameObject(v, depth, level)
	}
	return v, nil
}

func (p renamer) renameObject(o *value.Object, depth, level int) (any, error) {
	out := o.Shallow()
	for k, x := range o.All() {
		if depth != 0 {
			var err error
			if x, err = p.rename(x, depth-1, level+1); err != nil {
				return nil, err
			}
			out.Set(k, x)
		}
		if ok, err := p.re.Match(k); err != nil || !ok {
			if err != nil {
				return nil, err
			}
			continue
		}
		name, err := p.re.Replace(k, p.with)
		if err != nil {
			return nil, err
		}
		if name != k {
			out.Set(name, x)
			out.Delete(k)
		}
	}
	return out, nil
}
