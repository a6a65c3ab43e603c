package ai

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/httpauth"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// provider is a service whose chat models are reached by OpenAI's API.
type provider struct {
	credential string
	baseURL    string // "" is OpenAI's
	urlField   string // of the credential, where the user runs the server
	suffix     string // after that field's URL
	modelParam string // the name of the parameter
	model      string // its default
	free       bool   // works without a key
	azure      bool   // OpenAI's models on Azure: the model is a deployment
}

// providers are n8n's chat model nodes by type. OpenAI's own may go without a
// credential, by the platform's key; the others have their services' compatible
// endpoints and always need one.
var providers = map[string]provider{
	"lmChatOpenAi":       {credential: "openAiApi", urlField: "url", modelParam: "model", model: "gpt-4o-mini"},
	"lmChatOpenRouter":   {credential: "openRouterApi", baseURL: "https://openrouter.ai/api/v1", modelParam: "model", model: "openai/gpt-4.1-mini"},
	"lmChatGroq":         {credential: "groqApi", baseURL: "https://api.groq.com/openai/v1", modelParam: "model", model: "llama3-8b-8192"},
	"lmChatDeepSeek":     {credential: "deepSeekApi", baseURL: "https://api.deepseek.com", modelParam: "model", model: "deepseek-chat"},
	"lmChatXAiGrok":      {credential: "xAiApi", baseURL: "https://api.x.ai/v1", modelParam: "model", model: "grok-2-vision-1212"},
	"lmChatMistralCloud": {credential: "mistralCloudApi", baseURL: "https://api.mistral.ai/v1", modelParam: "model", model: "mistral-small"},
	"lmChatGoogleGemini": {credential: "googlePalmApi", baseURL: "https://generativelanguage.googleapis.com/v1beta/openai", modelParam: "modelName", model: "gemini-2.5-flash"},
	"lmChatAnthropic":    {credential: "anthropicApi", baseURL: "https://api.anthropic.com/v1", modelParam: "model", model: "claude-sonnet-4-20250514"},
	"lmChatAzureOpenAi":  {credential: "azureOpenAiApi", modelParam: "model", azure: true},
	"lmOllama":           {credential: "ollamaApi", urlField: "baseUrl", suffix: "/v1", modelParam: "model", model: "llama3.2", free: true},
	"lmChatOllama":       {credential: "ollamaApi", urlField: "baseUrl", suffix: "/v1", modelParam: "model", model: "llama3.2", free: true},
}

// languageModel reads the chat model connected to n.
func languageModel(ctx context.Context, c *node.Call, n *workflow.Node) (model, error) {
	models := connected(c.Workflow, n, "ai_languageModel")
	if len(models) == 0 {
		return model{}, node.Errorf("A Chat Model sub-node must be connected and enabled")
	}
	lm := models[0]
	p, ok := providers[kind(lm)]
	if !ok {
		return model{}, unsupported(lm, "The chat model")
	}
	s := newSub(ctx, c, lm)
	m := model{
		name:        strings.TrimPrefix(s.text(p.modelParam, p.model), "models/"),
		temperature: s.number("options.temperature"), topP: s.number("options.topP"),
		presencePenalty: s.number("options.presencePenalty"), frequencyPenalty: s.number("options.frequencyPenalty"),
		json: s.text("options.responseFormat", "text") == "json_object",
	}
	for _, name := range []string{"options.maxTokens", "options.maxTokensToSample", "options.maxOutputTokens", "options.numPredict"} {
		if max := s.number(name); max != nil && *max > 0 {
			m.maxTokens = int(*max)
		}
	}
	if ms := s.number("options.timeout"); ms != nil && *ms > 0 {
		m.timeout = time.Duration(*ms) * time.Millisecond
	}
	if err := s.problem(); err != nil {
		return m, err
	}
	if err := p.open(ctx, c, lm, &m); err != nil {
		return m, err
	}
	if url := s.text("options.baseURL", ""); url != "" && kind(lm) == "lmChatOpenAi" {
		m.baseURL = url
	}
	return m, s.problem()
}

// open fills in key and address.
func (p provider) open(ctx context.Context, c *node.Call, lm *workflow.Node, m *model) error {
	if _, ok := lm.Credentials[p.credential]; !ok && kind(lm) == "lmChatOpenAi" {
		return nil
	}
	opened, err := httpauth.Open(ctx, c, lm, p.credential)
	if err != nil {
		return err
	}
	fields := opened.Fields
	m.opened = fields
	if m.apiKey = fields["apiKey"]; m.apiKey == "" && !p.free {
		return fault.New(fault.Invalid, fault.CodeCredentialMissing, "The credential of the chat model %q (%s) has no API key.", lm.Name, p.credential)
	}
	if p.azure {
		m.openAzure(fields)
		return nil
	}
	m.baseURL = p.baseURL
	if url := strings.TrimSuffix(fields[p.urlField], "/"); p.urlField != "" && url != "" {
		m.baseURL = url + p.suffix
	}
	return nil
}

// openAzure fills in the resource's address: its own endpoint, or the one that
// follows from its name.
func (m *model) openAzure(fields map[string]string) {
	m.azureVersion = cmp.Or(fields["apiVersion"], "2025-03-01-preview") // n8n's default
	m.baseURL = strings.TrimSuffix(fields["endpoint"], "/")
	if m.baseURL == "" {
		m.baseURL = "https://" + fields["resourceName"] + ".openai.azure.com"
	}
}
