package ai

import (
	"context"
	"slices"
	"strconv"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/vectorstore"
)

// postgresMessages is a history in a table of the tenant's PostgreSQL server, laid out as
// LangChain's: id, session_id, message. It connects for each operation, so that no
// connection is held while a model thinks.
type postgresMessages struct {
	s       *sub
	name    string // quoted
	session string
}

func postgresHistory(_ *node.Call, s *sub, session string) (history, error) {
	name := s.text("tableName", "n8n_chat_histories")
	return &postgresMessages{s, vectorstore.Quoted(name), session}, s.problem()
}

// query makes the table if it is not there, and runs a statement.
func (t *postgresMessages) query(ctx context.Context, text string, args ...any) ([]*value.Object, error) {
	conn, err := postgresConn(ctx, t.s)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if _, err := conn.Query(ctx, "CREATE TABLE IF NOT EXISTS "+t.name+" (id SERIAL PRIMARY KEY, session_id VARCHAR(255) NOT NULL, message JSONB NOT NULL)", nil); err != nil {
		return nil, err
	}
	res, err := conn.Query(ctx, text, args)
	if err != nil || len(res) == 0 {
		return nil, err
	}
	return res[0].Rows, nil
}

// maxHistory is how many messages are read where no window is set.
const maxHistory = 2000

func (t *postgresMessages) load(ctx context.Context, most int) ([]node.ChatMessage, error) {
	if most <= 0 || most > maxHistory {
		most = maxHistory
	}
	rows, err := t.query(ctx, "SELECT message FROM "+t.name+" WHERE session_id = $1 ORDER BY id DESC LIMIT $2::bigint", t.session, strconv.Itoa(most))
	if err != nil {
		return nil, err
	}
	var out []node.ChatMessage
	for _, row := range slices.Backward(rows) {
		v, _ := row.Get("message")
		if m, ok := storedMessage(v); ok {
			out = append(out, m)
		}
	}
	return out, nil
}

// messageRows writes messages as JSON texts, in their order.
func messageRows(list []node.ChatMessage, key string) string {
	out := make([]any, len(list))
	for i, m := range list {
		o := value.Obj("type", messageTypes[m.Role])
		for name, v := range messageData(m, key).All() {
			o.Set(name, v)
		}
		out[i] = o
	}
	return string(value.JSON(out))
}

// messageValues are the messages of a JSON list as rows, in their order.
const messageValues = "SELECT $1::text, m.value FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS m(value, n)"

func (t *postgresMessages) add(ctx context.Context, key string, list ...node.ChatMessage) error {
	_, err := t.query(ctx, "INSERT INTO "+t.name+" (session_id, message) "+messageValues+
		" WHERE NOT EXISTS (SELECT 1 FROM "+t.name+" WHERE session_id = $1::text AND message->'additional_kwargs'->>'run' = $3) ORDER BY m.n", t.session, messageRows(list, key), key)
	return err
}

// set is one statement, so that no reader sees the session half.
func (t *postgresMessages) set(ctx context.Context, list []node.ChatMessage) error {
	_, err := t.query(ctx, "WITH gone AS (DELETE FROM "+t.name+" WHERE session_id = $1::text) INSERT INTO "+t.name+" (session_id, message) "+messageValues+" ORDER BY m.n", t.session, messageRows(list, ""))
	return err
}
