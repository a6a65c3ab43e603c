package search

import (
	"strings"
	"unicode"
)

// core are node types that reach no service: they shape data, steer, or are the
// platform's own. Written in lower case, without the package and without Trigger.
var core = set(`aggregate ai agent aitransform chat chainllm chainretrievalqa chainsummarization code comparedatasets
	compression converttofile crypto cron datetime debughelper documentbinaryinputloader documentdefaultdataloader editimage error
	errortrigger evaluation executecommand executeworkflow executiondata extractfromfile filter form function
	functionitem html htmlextract httprequest if informationextractor interval itemlists jwt limit localfile manual
	manualchat markdown mcp mcpclient memorybufferwindow memorymanager merge modelselector movebinarydata n8n n8ntrainingcustomerdatastore
	n8ntrainingcustomermessenger noop outputparserautofixing outputparseritemlist outputparserstructured
	readbinaryfile readbinaryfiles readpdf readwritefile removeduplicates renamekeys respondtowebhook
	retrievervectorstore retrieverworkflow schedule sentimentanalysis set simulate sort splitinbatches splitout sse start
	spreadsheetfile stickynote stopanderror summarize switch textclassifier textsplittercharactertextsplitter
	textsplitterrecursivecharactertextsplitter textsplittertokensplitter toolcalculator toolcode toolhttprequest toolthink
	toolvectorstore toolworkflow totp vectorstoreinmemory wait webhook workflow writebinaryfile xml`)

// named are services whose node types have another name.
var named = map[string]string{
	"emailsend": "smtp", "emailreadimap": "imap", "mondaycom": "monday", "rssfeedread": "rss",
	"pgvector": "postgres", "sendinblue": "brevo", "azureopenai": "azure-openai", "mistralcloud": "mistral",
	"openaiassistant": "openai", "thehiveproject": "thehive",
}

// makers have many services each, whose slugs are of several words.
var makers = []string{"google", "microsoft", "aws", "facebook", "zoho"}

// roles are what a service's node is to an AI agent; they precede its name.
var roles = []string{"lmChat", "lm", "embeddings", "vectorStore", "memory", "tool"}

// App returns the slug of the service that a node type reaches, "google-sheets"
// for n8n-nodes-base.googleSheetsTrigger, and false for node types that reach
// none, or any (HTTP request).
func App(nodeType string) (string, bool) {
	pack, name, _ := strings.Cut(nodeType, ".")
	name = strings.TrimSuffix(strings.TrimSuffix(name, "Trigger"), "Tool")
	if name == "" || core[strings.ToLower(name)] {
		return "", false
	}
	if strings.HasSuffix(pack, "langchain") {
		name = withoutRole(name)
	}
	lower := strings.ToLower(name)
	if app, ok := named[lower]; ok {
		return app, true
	}
	for _, maker := range makers {
		if strings.HasPrefix(lower, maker) && len(lower) > len(maker) {
			return hyphened(name), true
		}
	}
	return lower, true
}

func withoutRole(name string) string {
	for _, role := range roles {
		if rest, ok := strings.CutPrefix(name, role); ok && rest != "" && unicode.IsUpper(rune(rest[0])) {
			return strings.TrimSuffix(rest, "Chat")
		}
	}
	return name
}

// hyphened splits a name before its capitals.
func hyphened(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func set(words string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		out[w] = true
	}
	return out
}
