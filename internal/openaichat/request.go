package openaichat

import (
	"encoding/json"
	"math"
	"regexp"

	openai "github.com/sashabaranov/go-openai"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// reasoning are the models that take max_completion_tokens instead of max_tokens.
var reasoning = regexp.MustCompile(`^(o[1-9]|gpt-[5-9])`)

// request is req in the library's form.
func request(req node.ChatRequest) (openai.ChatCompletionRequest, error) {
	out := openai.ChatCompletionRequest{
		Model:            req.Model,
		Temperature:      float(req.Temperature),
		TopP:             float(req.TopP),
		PresencePenalty:  float(req.PresencePenalty),
		FrequencyPenalty: float(req.FrequencyPenalty),
	}
	if reasoning.MatchString(req.Model) {
		out.MaxCompletionTokens = req.MaxTokens
	} else {
		//lint:ignore SA1019 compatible servers know the older name only, and OpenAI takes it for these models
		out.MaxTokens = req.MaxTokens
	}
	if req.JSON {
		out.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	}
	for _, m := range req.Messages {
		message := openai.ChatCompletionMessage{Role: m.Role, Content: m.Content, ToolCallID: m.ToolCallID}
		for _, call := range m.ToolCalls {
			var c openai.ToolCall
			if err := json.Unmarshal(value.JSON(call), &c); err != nil {
				return out, fault.Wrap(err, fault.Invalid, fault.CodeValidation, "A tool call in the conversation has the wrong form.")
			}
			message.ToolCalls = append(message.ToolCalls, c)
		}
		out.Messages = append(out.Messages, message)
	}
	for _, tool := range req.Tools {
		f, _ := value.Path(tool, "function")
		definition, ok := f.(*value.Object)
		if !ok {
			return out, fault.New(fault.Invalid, fault.CodeValidation, "A tool has no function definition.")
		}
		out.Tools = append(out.Tools, openai.Tool{Type: openai.ToolTypeFunction, Function: function(definition)})
	}
	return out, nil
}

func function(o *value.Object) *openai.FunctionDefinition {
	text := func(key string) string {
		v, _ := o.Get(key)
		s, _ := v.(string)
		return s
	}
	f := &openai.FunctionDefinition{Name: text("name"), Description: text("description")}
	if p, ok := o.Get("parameters"); ok {
		f.Parameters = json.RawMessage(value.JSON(p))
	} else {
		f.Parameters = json.RawMessage(`{"type":"object","properties":{}}`)
	}
	return f
}

// float is the library's form of an optional number. It leaves out zeros, and a
// temperature of 0 means something; the smallest number that is not zero rounds
// to it at the other side (the library's own advice).
func float(f *float64) float32 {
	switch {
	case f == nil:
		return 0
	case *f == 0:
		return math.SmallestNonzeroFloat32
	default:
		return float32(*f)
	}
}
