package ai

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/automatelanka/automatelanka/infra/dev/openai"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

const lc = "@n8n/n8n-nodes-langchain."

// attach hangs a sub-node on the node that is called to.
func (b *bench) attach(to, connection, typ string, version float64, params string) {
	b.t.Helper()
	p, err := value.ParseObject([]byte(params))
	if err != nil {
		b.t.Fatal(err)
	}
	name := fmt.Sprintf("%s %d", typ, len(b.nodes))
	b.nodes = append(b.nodes, &workflow.Node{ID: name, Name: name, Type: lc + typ, TypeVersion: version, Parameters: p})
	b.wires[name] = map[string][][]workflow.Target{connection: {{{Node: to, Type: connection}}}}
}

func (b *bench) model() {
	b.attach("AI", "ai_languageModel", "lmChatOpenAi", 1.2, `{"model":{"__rl":true,"value":"gpt-4o-mini"},"options":{"temperature":0.2}}`)
}

func (b *bench) answers(list ...openai.Rule) { b.server.Answer(list...) }

func json(text string) workflow.Item {
	o, err := value.ParseObject([]byte(text))
	if err != nil {
		panic(err)
	}
	return workflow.Item{JSON: o}
}

func TestChain(t *testing.T) {
	for name, c := range map[string]struct {
		version float64
		params  string
		parser  [3]string // type, version, parameters
		reply   string
		want    string
	}{
		"text":                   {1.5, `{"promptType":"define","text":"say hi"}`, [3]string{}, " hi \n", `[{"text":"hi"}]`},
		"chat input":             {1.5, `{}`, [3]string{}, "hi", `[{"text":"hi"}]`},
		"old prompt":             {1.3, `{"prompt":"say hi"}`, [3]string{}, "hi", `[{"text":"hi"}]`},
		"structured from sample": {1.4, `{"promptType":"define","text":"go","hasOutputParser":true}`, [3]string{"outputParserStructured", "1.2", `{"jsonSchemaExample":"{\"a\":1,\"b\":[\"x\"]}"}`}, "```json\n{\"output\":{\"a\":2,\"b\":[\"y\"],\"more\":1}}\n```", `[{"output":{"a":2,"b":["y"]}}]`},
		"structured by schema":   {1.6, `{"promptType":"define","text":"go","hasOutputParser":true}`, [3]string{"outputParserStructured", "1.2", `{"schemaType":"manual","inputSchema":"{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"}`}, `{"output":["a","b"]}`, `[{"output":["a","b"]}]`},
		"first structured":       {1.4, `{"promptType":"define","text":"go"}`, [3]string{"outputParserStructured", "1", `{"jsonSchema":"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"number\"}}}"}`}, `{"a":1}`, `[{"a":1}]`},
		"wrapped twice":          {1.6, `{"promptType":"define","text":"go"}`, [3]string{"outputParserStructured", "1.2", `{"schemaType":"manual","inputSchema":"{\"type\":\"object\"}"}`}, `{"output":{"output":{"a":1}}}`, `[{"output":{"a":1}}]`},
		"list":                   {1.5, `{"promptType":"define","text":"go"}`, [3]string{"outputParserItemList", "1", `{"options":{}}`}, "one\n\n two \n", `[{"text":"one"},{"text":"two"}]`},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.model()
			if c.parser[0] != "" {
				var version float64
				_, _ = fmt.Sscan(c.parser[1], &version)
				b.attach("AI", "ai_outputParser", c.parser[0], version, c.parser[2])
			}
			b.answers(openai.Rule{Reply: c.reply})
			if got := b.items(b.run(lc+"chainLlm", c.version, c.params, json(`{"chatInput":"say hi"}`))); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestChainSendsItsMessages(t *testing.T) {
	b := setup(t)
	b.model()
	b.items(b.run(lc+"chainLlm", 1.5, `{"promptType":"define","text":"and now","messages":{"messageValues":[
		{"message":"be brief"},{"type":"HumanMessagePromptTemplate","message":"hello {you}"},{"type":"AIMessagePromptTemplate","message":"hi"}]}}`))
	var got []string
	for _, m := range b.server.Calls()[0].Messages {
		got = append(got, m.Role+": "+string(m.Content))
	}
	if text := strings.Join(got, "\n"); text != "system: be brief\nuser: hello {you}\nassistant: hi\nuser: and now" {
		t.Errorf("sent:\n%s", text)
	}
}

func TestChainWithoutWhatItNeeds(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*bench)
		want    string
	}{
		"no model":       {func(*bench) {}, "A Chat Model sub-node must be connected"},
		"unknown model":  {func(b *bench) { b.attach("AI", "ai_languageModel", "lmChatAwsBedrock", 1, `{}`) }, "lmChatAwsBedrock) is not supported"},
		"unknown parser": {func(b *bench) { b.model(); b.attach("AI", "ai_outputParser", "outputParserOdd", 1, `{}`) }, "outputParserOdd) is not supported"},
		"no prompt":      {func(b *bench) { b.model() }, "No prompt specified"},
		"Gemini, no key": {func(b *bench) { b.attach("AI", "ai_languageModel", "lmChatGoogleGemini", 1, `{}`) }, "needs a credential of type googlePalmApi"},
		"schema no JSON": {func(b *bench) {
			b.model()
			b.attach("AI", "ai_outputParser", "outputParserStructured", 1.2, `{"jsonSchemaExample":"{"}`)
		}, "is not valid JSON"},
		"fixer, no inner": {func(b *bench) { b.model(); b.attach("AI", "ai_outputParser", "outputParserAutofixing", 1, `{}`) }, "An output parser must be connected"},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			c.prepare(b)
			out := b.run(lc+"chainLlm", 1.5, `{}`)
			if out.Err == nil || !strings.Contains(out.Err.Message, c.want) || len(b.server.Calls()) != 0 {
				t.Errorf("%v after %d calls", out.Err, len(b.server.Calls()))
			}
		})
	}
}

func TestAnswerThatDoesNotFit(t *testing.T) {
	schema := `{"schemaType":"manual","inputSchema":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"]}"}`
	for reply, why := range map[string]string{`no JSON`: "invalid JSON", `{"output":{"n":"x"}}`: "the answer.output.n is of type string", `{"output":{}}`: "n is missing"} {
		b := setup(t)
		b.model()
		b.attach("AI", "ai_outputParser", "outputParserStructured", 1.2, schema)
		b.answers(openai.Rule{Reply: reply})
		out := b.run(lc+"chainLlm", 1.5, `{"promptType":"define","text":"go"}`)
		if out.Err == nil || out.Err.Message != "Model output doesn't fit required format" || !strings.Contains(out.Run.Error.Detail, why) {
			t.Errorf("%s gave %v: %s", reply, out.Err, out.Run.Error.Detail)
		}
	}
}

func TestAutofixingAsksOnceMore(t *testing.T) {
	b := setup(t)
	b.model()
	b.attach("AI", "ai_outputParser", "outputParserAutofixing", 1, `{}`)
	fixer := b.nodes[len(b.nodes)-1].Name
	b.attach(fixer, "ai_languageModel", "lmChatOpenAi", 1, `{"model":"gpt-4o","options":{}}`)
	b.attach(fixer, "ai_outputParser", "outputParserStructured", 1.2, `{"jsonSchemaExample":"{\"a\":1}"}`)
	b.answers(openai.Rule{Contains: "does not follow the instructions", Reply: `{"output":{"a":5}}`}, openai.Rule{Reply: "five"})
	out := b.run(lc+"chainLlm", 1.5, `{"promptType":"define","text":"go"}`)
	if got := b.items(out); got != `[{"output":{"a":5}}]` {
		t.Errorf("items: %s", got)
	}
	calls := b.server.Calls()
	if len(calls) != 2 || calls[1].Model != "gpt-4o" || out.Run.Usage.Total == 0 {
		t.Errorf("%d calls, usage %+v", len(calls), out.Run.Usage)
	}
}

func TestInformationExtractor(t *testing.T) {
	b := setup(t)
	b.model()
	b.answers(openai.Rule{Reply: `{"name":"Ann","age":7,"odd":1}`})
	out := b.run(lc+"informationExtractor", 1, `{"text":"Ann is 7","attributes":{"attributes":[{"name":"name","description":"who","required":true},{"name":"age","type":"number","description":"years"}]}}`)
	if got := b.items(out); got != `[{"output":{"name":"Ann","age":7}}]` {
		t.Errorf("items: %s", got)
	}
	system := string(b.server.Calls()[0].Messages[0].Content)
	if !strings.Contains(system, `"required":["name"]`) || strings.Contains(system, "{{") {
		t.Errorf("system prompt: %s", system)
	}
	out = b.run(lc+"informationExtractor", 1, `{"text":" ","attributes":{"attributes":[{"name":"a"}]}}`)
	if out.Err == nil || out.Err.Message != "Text for item 0 is not defined" {
		t.Errorf("%v", out.Err)
	}
}

func outputs(o node.Outcome) string {
	list := []any{}
	for _, out := range o.Run.Outputs {
		one := []any{}
		for _, it := range out {
			one = append(one, it.JSON)
		}
		list = append(list, one)
	}
	return string(value.JSON(list))
}

func TestTextClassifier(t *testing.T) {
	params := `{"inputText":"a text","categories":{"categories":[{"category":"good"},{"category":"bad","description":"not good"}]},"options":{"fallback":"other","multiClass":true}}`
	for reply, want := range map[string]string{
		`{"good":true,"bad":true,"fallback":false}`:  `[[{"id":1}],[{"id":1}],[]]`,
		`{"good":false,"bad":false,"fallback":true}`: `[[],[],[{"id":1}]]`,
	} {
		b := setup(t)
		b.model()
		b.answers(openai.Rule{Reply: reply})
		out := b.run(lc+"textClassifier", 1, params, json(`{"id":1}`))
		if got := outputs(out); out.Err != nil || got != want {
			t.Errorf("%s gave %s, %v", reply, got, out.Err)
		}
	}
}

func TestSentimentAnalysis(t *testing.T) {
	b := setup(t)
	b.model()
	b.answers(openai.Rule{Reply: `{"sentiment":"Negative","strength":0.9,"confidence":0.5}`})
	out := b.run(lc+"sentimentAnalysis", 1, `{"inputText":"bad","options":{"includeDetailedResults":true}}`, json(`{"id":1}`))
	if got := outputs(out); out.Err != nil || got != `[[],[],[{"id":1,"sentimentAnalysis":{"category":"Negative","strength":0.9,"confidence":0.5}}]]` {
		t.Errorf("%s, %v", got, out.Err)
	}
}

func TestSummarization(t *testing.T) {
	b := setup(t)
	b.model()
	b.answers(openai.Rule{Contains: "all of it", Reply: "short"}, openai.Rule{Reply: "all of it"})
	out := b.run(lc+"chainSummarization", 2, `{"chunkSize":20,"chunkOverlap":0}`, json(`{"text":"one two three four five six seven"}`))
	if got := b.items(out); got != `[{"response":{"text":"short"}}]` {
		t.Errorf("items: %s", got)
	}
	if n := len(b.server.Calls()); n != 3 { // two parts and their combination
		t.Errorf("%d calls", n)
	}
}

func TestAgentCallsTools(t *testing.T) {
	b := setup(t)
	b.model()
	b.attach("AI", "ai_tool", "toolCalculator", 1, `{}`)
	b.answers(openai.Rule{Contains: "what is", Tool: "calculator", Reply: `{"input":"2*(3+4)"}`}, openai.Rule{Contains: "14", Reply: "It is 14."})
	out := b.run(lc+"agent", 1.8, `{"promptType":"define","text":"what is 2*(3+4)?","options":{"systemMessage":"be exact","returnIntermediateSteps":true}}`)
	got := b.items(out)
	if !strings.HasPrefix(got, `[{"output":"It is 14.","intermediateSteps":[{"action":{"tool":"calculator","toolInput":{"input":"2*(3+4)"}`) || !strings.Contains(got, `"observation":"14"`) {
		t.Errorf("items: %s", got)
	}
	calls := b.server.Calls()
	if len(calls) != 2 || string(calls[0].Messages[0].Content) != "be exact" || calls[1].Messages[3].ToolCallID != "call_calculator" {
		t.Errorf("calls: %+v", calls)
	}
}

func TestAgentStopsAfterItsIterations(t *testing.T) {
	b := setup(t)
	b.model()
	b.attach("AI", "ai_tool", "toolCalculator", 1, `{}`)
	b.answers(openai.Rule{Tool: "calculator", Reply: `{"input":"1+1"}`})
	out := b.run(lc+"agent", 1.7, `{"promptType":"define","text":"loop","options":{"maxIterations":3}}`)
	if got := b.items(out); got != `[{"output":"Agent stopped due to max iterations."}]` || len(b.server.Calls()) != 3 {
		t.Errorf("%s after %d calls", got, len(b.server.Calls()))
	}
}

func TestAgentWithAParser(t *testing.T) {
	for name, rule := range map[string]openai.Rule{
		"by tool": {Tool: finalTool, Reply: `{"output":{"a":1}}`}, "by text": {Reply: `{"a":1}`}, "wrapped text": {Reply: `{"output":{"a":1}}`},
	} {
		b := setup(t)
		b.model()
		b.attach("AI", "ai_outputParser", "outputParserStructured", 1.2, `{"jsonSchemaExample":"{\"a\":1}"}`)
		b.answers(rule)
		if got := b.items(b.run(lc+"agent", 1.7, `{"promptType":"define","text":"go","hasOutputParser":true}`)); got != `[{"output":{"a":1}}]` {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestAgentRefusesWhatItCannotUse(t *testing.T) {
	for name, c := range map[string]struct {
		connection, typ, params, want string
	}{
		"tool":   {"ai_tool", "toolUnheardOf", `{}`, "toolUnheardOf) is not supported"},
		"memory": {"ai_memory", "memoryUnheardOf", `{}`, "memoryUnheardOf) is not supported"},
		"agent":  {"ai_tool", "toolThink", `{"agent":"sqlAgent","promptType":"define","text":"x"}`, "agent type sqlAgent is not supported"},
	} {
		b := setup(t)
		b.model()
		b.attach("AI", c.connection, c.typ, 1, `{}`)
		params := `{"promptType":"define","text":"x"}`
		if name == "agent" {
			params = c.params
		}
		out := b.run(lc+"agent", 1.7, params)
		if out.Err == nil || out.Err.Code != fault.CodeNodeTypeUnsupported || !strings.Contains(out.Err.Message, c.want) || len(b.server.Calls()) != 0 {
			t.Errorf("%s: %v", name, out.Err)
		}
	}
}

// shelf is a blob store in memory.
type shelf struct {
	mu    sync.Mutex
	blobs map[string][]byte
}

func (s *shelf) Put(_ context.Context, key string, r io.Reader, _ int64) error {
	b, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blobs[key] = b
	return err
}

func (s *shelf) Get(_ context.Context, key string) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.blobs[key]
	if !ok {
		return nil, fault.New(fault.NotFound, fault.CodeNotFound, "no blob")
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func TestAgentRemembers(t *testing.T) {
	b := setup(t)
	b.model()
	b.attach("AI", "ai_memory", "memoryBufferWindow", 1.3, `{"contextWindowLength":1}`)
	b.blobs = &shelf{blobs: map[string][]byte{}}
	say := func(session, text string) {
		b.exec = "exe_" + text
		b.items(b.run(lc+"agent", 1.7, `{}`, json(`{"sessionId":"`+session+`","chatInput":"`+text+`"}`)))
	}
	say("s1", "one")
	say("s1", "two")
	say("s2", "other")
	say("s1", "three")
	var got []string
	for _, m := range b.server.Calls()[3].Messages {
		got = append(got, string(m.Content))
	}
	if text := strings.Join(got, "|"); text != agentSystem+"|two|Echo: two|three" {
		t.Errorf("sent: %s", text)
	}
	for key := range b.blobs.(*shelf).blobs {
		if !strings.HasPrefix(key, "ten_1/memory/") {
			t.Errorf("a conversation is kept under %s", key)
		}
	}
}

func TestHTTPTool(t *testing.T) {
	var got *http.Request
	var body string
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, body = r, string(b)
		_, _ = io.WriteString(w, "sunny")
	}))
	defer web.Close()
	u, _ := url.Parse(web.URL)
	b := setup(t)
	b.http = safedial.New(safedial.Options{AllowHosts: []string{u.Host}})
	b.model()
	b.attach("AI", "ai_tool", "toolHttpRequest", 1.1, `{"method":"POST","url":"`+web.URL+`/w/{city}","toolDescription":"the weather",
		"sendQuery":true,"parametersQuery":{"values":[{"name":"unit","valueProvider":"fieldValue","value":"C"},{"name":"day"}]},
		"sendBody":true,"specifyBody":"json","jsonBody":"{\"note\":\"{note}\"}"}`)
	b.answers(openai.Rule{Contains: "weather", Tool: "toolHttpRequest_1", Reply: `{"city":"New York?x=1","day":"mon","note":"a\"b"}`}, openai.Rule{Contains: "sunny", Reply: "done"})
	out := b.run(lc+"agent", 1.7, `{"promptType":"define","text":"weather?"}`)
	if text := b.items(out); text != `[{"output":"done"}]` {
		t.Fatalf("items: %s", text)
	}
	if got.URL.Path != "/w/New York?x=1" || got.URL.RawQuery != "day=mon&unit=C" || body != `{"note":"a\"b"}` || got.Method != "POST" {
		t.Errorf("%s %s with %s", got.Method, got.URL, body)
	}
	if e := b.effect(lc+"agent", 1.7, `{}`); e != node.Unsafe {
		t.Errorf("an agent that may POST is %s", e)
	}
}

func TestHTTPToolWithACredential(t *testing.T) {
	var got string
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization")
		said := "sunny, said " + got
		// Once more where the answer is cut: half a secret is one too.
		_, _ = io.WriteString(w, said+strings.Repeat(".", maxToolText-len(said)-len("Bearer very-"))+got)
	}))
	defer web.Close()
	u, _ := url.Parse(web.URL)
	for target, want := range map[string]string{web.URL + "/{city}": "Bearer very-secret", "http://{host}/": ""} {
		got = ""
		b := setup(t)
		b.http, b.creds = safedial.New(safedial.Options{AllowHosts: []string{u.Host}}), vault{"token": "very-secret"}
		b.model()
		b.attach("AI", "ai_tool", "toolHttpRequest", 1.1, `{"url":"`+target+`","authentication":"genericCredentialType","genericAuthType":"httpBearerAuth"}`)
		for _, n := range b.nodes {
			n.Credentials = map[string]workflow.CredentialRef{"httpBearerAuth": {ID: "c1"}}
		}
		b.answers(openai.Rule{Contains: "go", Tool: "toolHttpRequest_1", Reply: `{"city":"x","host":"` + u.Host + `"}`}, openai.Rule{Contains: "sunny", Reply: "done"})
		out := b.run(lc+"agent", 1.7, `{"promptType":"define","text":"go"}`)
		if got != want || (out.Err == nil) != (want != "") {
			t.Errorf("%s: sent %q, %v", target, got, out.Err)
		}
		for _, c := range b.server.Calls() {
			if strings.Contains(string(c.Body), "very-") {
				t.Errorf("the model was told the secret, or a part of it")
			}
		}
	}
}

func TestHTTPToolCannotReachInside(t *testing.T) {
	b := setup(t)
	b.http = safedial.New(safedial.Options{})
	b.model()
	b.attach("AI", "ai_tool", "toolHttpRequest", 1.1, `{"url":"{url}"}`)
	b.answers(openai.Rule{Contains: "go", Tool: "toolHttpRequest_1", Reply: `{"url":"http://169.254.169.254/latest/"}`}, openai.Rule{Contains: "refused", Reply: "no"})
	if got := b.items(b.run(lc+"agent", 1.7, `{"promptType":"define","text":"go"}`)); got != `[{"output":"no"}]` {
		t.Errorf("items: %s", got)
	}
}

func TestCalculate(t *testing.T) {
	for text, want := range map[string]float64{"1+2*3": 7, "(1+2)*3": 9, "2^3^2": 512, "-2^2": -4, "7%4": 3, "sqrt(16)+pi*0": 4, " 1e3 ": 0, "10/4": 2.5, "2(3)": 0} {
		got, err := calculate(text)
		if bad := text == " 1e3 " || text == "2(3)"; bad != (err != nil) || !bad && got != want {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "1+", "process.exit()", strings.Repeat("(", 1e5), strings.Repeat("-", 1e5) + "1", "a(1)"} {
		if _, err := calculate(text); err == nil {
			t.Errorf("%.20q was taken", text)
		}
	}
}

func TestTemplates(t *testing.T) {
	for in, want := range map[string]string{"{a} {b} {{x}} {c": "1 {b} {x} {c", "{{{a}}}": "{1}", "": ""} {
		if got := fill(in, map[string]string{"a": "1"}); got != want {
			t.Errorf("%q gave %q, want %q", in, got, want)
		}
	}
	// What is put in is not looked at again.
	if got := fill("{a}", map[string]string{"a": "{b}{{", "b": "2"}); got != "{b}{{" {
		t.Errorf("got %q", got)
	}
}
