package ai

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

const (
	classifyPrompt  = "Classify the user's text into one of these categories: {categories}. Follow the formatting instructions below. Do not explain; give only the JSON."
	sentimentPrompt = "You judge the sentiment of a text exactly. Put the user's text into one of these categories: {categories}. Follow the formatting instructions. Give only the JSON."
	sentiments      = "Positive, Neutral, Negative"
)

// textClassifier sends each item to the outputs of the categories that fit its text.
func textClassifier() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "@n8n/n8n-nodes-langchain.textClassifier", Versions: []float64{1, 1.1}, Name: "Text Classifier",
			Description: "Classify your text into distinct categories", Group: "ai", Family: node.AI, Inputs: []string{"main"},
			Params: []node.Param{
				{Name: "inputText", Type: "string", Required: true, Default: ""},
				{Name: "categories", Type: "fixedCollection", Fields: []node.Param{{Name: "categories", Type: "collection", Fields: []node.Param{
					{Name: "category", Type: "string"}, {Name: "description", Type: "string"}}}}},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
					{Name: "multiClass", Type: "boolean", Default: false}, {Name: "fallback", Type: "options", Default: "discard"},
					{Name: "systemPromptTemplate", Type: "string"}, {Name: "enableAutoFixing", Type: "boolean", Default: true}}},
			},
		},
		Run: runClassify, Effect: safe, Outputs: classOutputs,
	}
}

// classOutputs is one output for each category, and one for the others.
func classOutputs(n *workflow.Node) int {
	list, _ := value.Path(n.Parameters, "categories", "categories")
	all, _ := list.([]any)
	count := len(all)
	if fallback, _ := value.Path(n.Parameters, "options", "fallback"); fallback == "other" {
		count++
	}
	return max(count, 1)
}

// classes are the categories of a classifier.
type classes struct {
	names  []string
	schema *value.Object
	other  bool
	rules  string
}

func readClasses(r *node.Reader) (classes, error) {
	k := classes{other: r.String("options.fallback", "discard") == "other"}
	properties := value.NewObject(4)
	for _, o := range r.Objects("categories.categories") {
		name := node.Get(o, "category", "")
		k.names = append(k.names, name)
		properties.Set(name, value.Obj("type", "boolean", "description",
			fmt.Sprintf("Should be true if the input has category %q (description: %s)", name, node.Get(o, "description", ""))))
	}
	if len(k.names) == 0 && r.Err() == nil {
		return k, node.Errorf("At least one category must be defined")
	}
	required := []any{}
	if k.other {
		properties.Set("fallback", value.Obj("type", "boolean", "description", "Should be true if none of the other categories apply"))
	}
	for name := range properties.All() {
		required = append(required, name)
	}
	k.schema = value.Obj("type", "object", "properties", properties, "required", required)
	k.rules = "Categories are mutually exclusive, and only one can be true"
	if r.Bool("options.multiClass", false) {
		k.rules = "Categories are not mutually exclusive, and multiple can be true"
	}
	if k.other {
		k.rules += "\nIf no categories apply, select the \"fallback\" option."
	} else {
		k.rules += "\nIf there is not a very fitting category, select none of the categories."
	}
	return k, r.Err()
}

func runClassify(ctx context.Context, c *node.Call) (node.Result, error) {
	s := &session{c: c}
	m, err := languageModel(ctx, c, c.Node)
	if err != nil {
		return node.Result{}, err
	}
	k, err := readClasses(c.At(0))
	if err != nil {
		return node.Result{}, err
	}
	p := &parser{schema: k.schema, fix: c.At(0).Bool("options.enableAutoFixing", false), fixer: m}
	outs := make([][]workflow.Item, classOutputs(c.Node))
	err = s.sortInto(ctx, outs, func(r *node.Reader, it workflow.Item) error {
		text := r.String("inputText", "")
		if text == "" && r.Err() == nil {
			return node.Errorf("Text to classify for item %d is not defined", r.Item())
		}
		system := fill(r.String("options.systemPromptTemplate", classifyPrompt), map[string]string{"categories": strings.Join(k.names, ", ")})
		if err := r.Err(); err != nil {
			return err
		}
		v, err := s.ask(ctx, p, ask(m, r, system+"\n"+p.instructions()+"\n"+k.rules, text))
		if err != nil {
			return err
		}
		k.place(v, it, outs)
		return nil
	})
	return s.outputs(outs), err
}

// place puts the item on the outputs of the categories that are true.
func (k classes) place(v any, it workflow.Item, outs [][]workflow.Item) {
	o, _ := v.(*value.Object)
	for i, name := range k.names {
		if yes, _ := o.Get(name); yes == true {
			outs[i] = append(outs[i], it)
		}
	}
	if yes, _ := o.Get("fallback"); k.other && yes == true {
		outs[len(outs)-1] = append(outs[len(outs)-1], it)
	}
}

// sortInto runs f for every item; failures that are passed on go to the first output.
func (s *session) sortInto(ctx context.Context, outs [][]workflow.Item, f func(r *node.Reader, it workflow.Item) error) error {
	failed, err := s.c.Each(ctx, s.c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
		return nil, f(r, it)
	})
	outs[0] = append(outs[0], failed...)
	return err
}

// outputs is the node's result with several outputs.
func (s *session) outputs(outs [][]workflow.Item) node.Result {
	r := s.result(nil)
	r.Outputs = outs
	return r
}

// sentimentAnalysis sends each item to the output of its text's sentiment.
func sentimentAnalysis() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "@n8n/n8n-nodes-langchain.sentimentAnalysis", Versions: []float64{1, 1.1}, Name: "Sentiment Analysis",
			Description: "Analyze the sentiment of your text", Group: "ai", Family: node.AI, Inputs: []string{"main"},
			Params: []node.Param{
				{Name: "inputText", Type: "string", Required: true, Default: ""},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
					{Name: "categories", Type: "string", Default: sentiments}, {Name: "systemPromptTemplate", Type: "string"},
					{Name: "includeDetailedResults", Type: "boolean", Default: false}, {Name: "enableAutoFixing", Type: "boolean", Default: true}}},
			},
		},
		Run: runSentiment, Effect: safe, Outputs: func(n *workflow.Node) int { return len(sentimentNames(n)) },
	}
}

// sentimentNames are the node's categories; they are never an expression.
func sentimentNames(n *workflow.Node) []string {
	text := sentiments
	if v, ok := value.Path(n.Parameters, "options", "categories"); ok {
		text = node.Text(v)
	}
	names := []string{}
	for name := range strings.SplitSeq(text, ",") {
		names = append(names, strings.TrimSpace(name))
	}
	return names
}

func runSentiment(ctx context.Context, c *node.Call) (node.Result, error) {
	s := &session{c: c}
	m, err := languageModel(ctx, c, c.Node)
	if err != nil {
		return node.Result{}, err
	}
	names := sentimentNames(c.Node)
	choices := make([]any, len(names))
	for i, name := range names {
		choices[i] = name
	}
	score := value.Obj("type", "number", "minimum", 0.0, "maximum", 1.0)
	p := &parser{fixer: m, fix: c.At(0).Bool("options.enableAutoFixing", false), schema: value.Obj("type", "object",
		"properties", value.Obj("sentiment", value.Obj("type", "string", "enum", choices), "strength", score, "confidence", score),
		"required", []any{"sentiment", "strength", "confidence"})}
	outs := make([][]workflow.Item, len(names))
	err = s.sortInto(ctx, outs, func(r *node.Reader, it workflow.Item) error {
		system := fill(r.String("options.systemPromptTemplate", sentimentPrompt), map[string]string{"categories": strings.Join(names, ", ")})
		text, detailed := r.String("inputText", ""), r.Bool("options.includeDetailedResults", false)
		if err := r.Err(); err != nil {
			return err
		}
		v, err := s.ask(ctx, p, ask(m, r, system+"\n"+p.instructions(), text))
		if err != nil {
			return err
		}
		o, _ := v.(*value.Object)
		if i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, node.Get(o, "sentiment", "")) }); i >= 0 {
			outs[i] = append(outs[i], withSentiment(it, o, detailed))
		}
		return nil
	})
	return s.outputs(outs), err
}

// withSentiment is the item with its sentiment added.
func withSentiment(it workflow.Item, answer *value.Object, detailed bool) workflow.Item {
	found := value.Obj("category", node.Get(answer, "sentiment", ""))
	if detailed {
		for _, key := range []string{"strength", "confidence"} {
			n, _ := answer.Get(key)
			found.Set(key, n)
		}
	}
	it.JSON = it.JSON.Shallow()
	it.JSON.Set("sentimentAnalysis", found)
	return it
}
