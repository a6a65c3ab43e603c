package ai

import (
	"context"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/vectorstore"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// answerPrompt is the system prompt of answers from documents where the author
// has none; {context} stands for the documents.
const answerPrompt = "Answer the user's question from the context below. If the context does not hold the answer, say that you do not know it; do not invent one.\n----------------\n{context}"

// defaultLimit is how many documents n8n retrieves.
const defaultLimit = 4

// retriever finds documents for a question.
type retriever struct {
	store *opened
	e     *embeddings
	limit int
}

// connectedStore opens the vector store connected to n, in mode retrieve, with its
// embeddings. The caller closes it.
func connectedStore(ctx context.Context, s *session, n *workflow.Node, limit int) (*retriever, error) {
	list := connected(s.c.Workflow, n, "ai_vectorStore")
	if len(list) == 0 {
		return nil, node.Errorf("A Vector Store sub-node must be connected to %q and enabled", n.Name)
	}
	return retrieverOf(ctx, s, list[0], limit)
}

// retrieverOf opens a vector store's node.
func retrieverOf(ctx context.Context, s *session, n *workflow.Node, limit int) (*retriever, error) {
	e, err := connectedEmbeddings(ctx, s, n)
	if err != nil {
		return nil, err
	}
	store, err := openStore(ctx, s.c, n, 0)
	if err != nil {
		return nil, err
	}
	return &retriever{store, e, limit}, nil
}

// connectedRetriever reads the retriever connected to n. The caller closes it.
func connectedRetriever(ctx context.Context, s *session, n *workflow.Node) (*retriever, error) {
	list := connected(s.c.Workflow, n, "ai_retriever")
	if len(list) == 0 {
		return nil, node.Errorf("A Retriever sub-node must be connected and enabled")
	}
	if kind(list[0]) != "retrieverVectorStore" {
		return nil, unsupported(list[0], "The retriever")
	}
	r := newSub(ctx, s.c, list[0])
	limit := r.whole("topK", defaultLimit)
	if err := r.problem(); err != nil {
		return nil, err
	}
	return connectedStore(ctx, s, list[0], limit)
}

func (x *retriever) close() { x.store.close() }

func (x *retriever) find(ctx context.Context, question string) ([]vectorstore.Match, error) {
	return x.store.find(ctx, x.e, question, x.limit)
}

// answer asks the model with the documents that fit the question.
func (x *retriever) answer(ctx context.Context, q prompt, template, question string) (string, error) {
	found, err := x.find(ctx, question)
	if err != nil {
		return "", err
	}
	texts := make([]string, len(found))
	for i, m := range found {
		texts[i] = m.Content
	}
	// The templates of older versions may hold the question too.
	system := fill(template, map[string]string{"context": strings.Join(texts, "\n\n"), "question": question, "input": question})
	q.messages = []node.ChatMessage{{Role: "system", Content: system}, {Role: "user", Content: question}}
	reply, err := x.e.s.chat(ctx, q)
	return reply.Message.Content, err
}

// chainRetrievalQa is the Question and Answer Chain: a model that answers from what
// a retriever finds.
func chainRetrievalQa() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "@n8n/n8n-nodes-langchain.chainRetrievalQa", Versions: []float64{1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7},
			Name: "Question and Answer Chain", Description: "Answer questions about retrieved documents", Group: "ai", Family: node.AI,
			Inputs: []string{"main"}, Outputs: []string{"main"},
			Params: []node.Param{
				{Name: "query", Type: "string", Default: "={{ $json.input }}", Show: map[string][]any{"@version": {1.0}}},
				{Name: "query", Type: "string", Default: "={{ $json.chat_input }}", Show: map[string][]any{"@version": {1.1}}},
				{Name: "query", Type: "string", Default: "={{ $json.chatInput }}", Show: map[string][]any{"@version": {1.2}}},
				{Name: "promptType", Type: "options", Default: "auto", Options: []node.Option{{Value: "auto", Name: "Take from previous node"}, {Value: "define", Name: "Define below"}}},
				{Name: "text", Type: "string", Default: ""},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
					{Name: "systemPromptTemplate", Type: "string", Description: "{context} stands for the documents, {input} (before version 1.5 {question}) for the question"}}},
			},
		},
		Run: runRetrievalQa, Effect: safe,
	}
}

func runRetrievalQa(ctx context.Context, c *node.Call) (node.Result, error) {
	s := &session{c: c}
	m, err := languageModel(ctx, c, c.Node)
	if err != nil {
		return node.Result{}, err
	}
	x, err := connectedRetriever(ctx, s, c.Node)
	if err != nil {
		return node.Result{}, err
	}
	defer x.close()
	items, err := c.Each(ctx, c.Items(), func(r *node.Reader, _ workflow.Item) ([]workflow.Item, error) {
		question, err := retrievalQuestion(c, r)
		if err != nil {
			return nil, err
		}
		template := r.String("options.systemPromptTemplate", answerPrompt)
		if err := r.Err(); err != nil {
			return nil, err
		}
		x.e.item = r.Item()
		text, err := x.answer(ctx, prompt{model: m, item: r.Item()}, template, question)
		if err != nil {
			return nil, err
		}
		if c.Node.TypeVersion < 1.5 {
			return []workflow.Item{paired(value.Obj("response", value.Obj("text", text)), r)}, nil
		}
		return []workflow.Item{paired(value.Obj("response", text), r)}, nil
	})
	if err != nil {
		return node.Result{}, err
	}
	return s.result(items), nil
}

// retrievalQuestion is the question: until version 1.2 a parameter of its own.
func retrievalQuestion(c *node.Call, r *node.Reader) (string, error) {
	if c.Node.TypeVersion > 1.2 {
		return promptOf(c, r, false)
	}
	v := r.Value("query")
	if err := r.Err(); err != nil {
		return "", err
	}
	if v == nil {
		return "", node.Errorf("The ‘query‘ parameter is empty.")
	}
	return node.Text(v), nil
}
