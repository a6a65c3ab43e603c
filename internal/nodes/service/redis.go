package service

import (
	"context"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/field"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// redisReads are the operations that change nothing.
var redisReads = []string{"get", "info", "keys", "llen"}

func redis() node.Type {
	on := func(operations ...any) map[string][]any { return map[string][]any{"operation": operations} }
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.redis", Versions: []float64{1}, Name: "Redis",
			Description: "Reads and changes data in Redis.",
			Group:       "input", Family: node.Data, Inputs: main1, Outputs: main1, Credentials: []string{"redis"},
			Params: []node.Param{
				{Name: "operation", Type: "options", Default: "info",
					Options: options("delete", "get", "incr", "info", "keys", "llen", "pop", "publish", "push", "set")},
				{Name: "key", Type: "string", Default: "", Show: on("delete", "get", "incr", "set")},
				{Name: "keyType", Type: "options", Default: "automatic", Show: on("get", "set"), Options: options("automatic", "hash", "list", "sets", "string")},
				{Name: "value", Type: "string", Default: "", Show: on("set")},
				{Name: "valueIsJSON", Type: "boolean", Default: true, Show: on("set"), Description: "Whether the value of a hash is JSON, not field value field value"},
				{Name: "expire", Type: "boolean", Default: false, Show: on("incr", "set")},
				{Name: "ttl", Type: "number", Default: 60.0, Show: on("incr", "set"), Description: "Seconds until the key expires"},
				{Name: "keyPattern", Type: "string", Default: "", Show: on("keys")},
				{Name: "getValues", Type: "boolean", Default: true, Show: on("keys")},
				{Name: "channel", Type: "string", Default: "", Show: on("publish")},
				{Name: "list", Type: "string", Default: "", Show: on("llen", "pop", "push")},
				{Name: "messageData", Type: "string", Default: "", Show: on("publish", "push")},
				{Name: "tail", Type: "boolean", Default: false, Show: on("pop", "push")},
				{Name: "propertyName", Type: "string", Default: "propertyName", Show: on("get", "pop"), Description: "The field that gets the value"},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{{Name: "dotNotation", Type: "boolean", Default: true}, idempotency}},
			},
		},
		Uses:   usesRedis,
		Run:    runRedis,
		Effect: effectOf(redisReads...),
	}
}

func runRedis(ctx context.Context, c *node.Call) (node.Result, error) {
	credential, err := c.Credential(ctx, "redis")
	if err != nil {
		return node.Result{}, err
	}
	conn, err := c.Services.Redis.Connect(ctx, credential)
	if err != nil {
		return node.Result{}, err
	}
	defer conn.Close()
	items := c.Items()
	operation := c.At(0).String("operation", "info")
	if operation == "info" {
		items = items[:1]
	}
	s := redisSession{ctx: ctx, conn: conn}
	out, err := c.Each(ctx, items, func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
		s.reader, s.err = r, nil
		o, err := s.perform(operation, it)
		if err == nil {
			err = r.Err()
		}
		if err != nil {
			return nil, spoilt(err, s.changed)
		}
		return []workflow.Item{o}, nil
	})
	return node.Result{Outputs: [][]workflow.Item{out}}, err
}

// redisSession is the work on one item; it keeps the first error.
type redisSession struct {
	ctx     context.Context
	conn    node.RedisConn
	reader  *node.Reader
	err     error
	changed bool // something was changed, by this item or an earlier one
}

func (s *redisSession) do(command string, args ...string) any {
	if s.err == nil {
		s.err = s.reader.Err()
	}
	if s.err != nil {
		return nil
	}
	var v any
	v, s.err = s.conn.Do(s.ctx, command, args...)
	return v
}

// change is do for a command that changes something.
func (s *redisSession) change(command string, args ...string) any {
	v := s.do(command, args...)
	s.changed = s.changed || s.err == nil
	return v
}

func (s *redisSession) perform(operation string, it workflow.Item) (workflow.Item, error) {
	r := s.reader
	out := it // n8n hands the item on where the command has no answer to give
	text := func(name string) string { return r.String(name, "") }
	switch operation {
	case "delete":
		s.change("DEL", text("key"))
	case "get":
		return s.property(s.get(text("key"), r.String("keyType", "automatic")))
	case "info":
		out.JSON = infoObject(node.Text(s.do("INFO")))
	case "keys":
		out = workflow.Item{JSON: s.keys(text("keyPattern"), r.Bool("getValues", true)), Paired: it.Paired}
	case "llen":
		list := text("list")
		out = workflow.Item{JSON: value.Obj(list, s.do("LLEN", list)), Paired: it.Paired}
	case "incr":
		key := text("key")
		out = workflow.Item{JSON: value.Obj(key, s.change("INCR", key)), Paired: it.Paired}
		s.expire(key)
	case "set":
		s.set(text("key"), r.Value("value"), r.String("keyType", "automatic"))
	case "publish":
		s.change("PUBLISH", text("channel"), text("messageData"))
	case "push":
		s.change(side(r, "PUSH"), text("list"), text("messageData"))
	case "pop":
		v := s.change(side(r, "POP"), text("list"))
		if s, ok := v.(string); ok {
			if parsed, err := value.Parse([]byte(s)); err == nil {
				v = parsed
			}
		}
		return s.property(v)
	default:
		return out, node.Errorf("The operation %q of Redis is not known.", operation)
	}
	return out, s.err
}

// side is the command for the end of the list that the author chose.
func side(r *node.Reader, command string) string {
	if r.Bool("tail", false) {
		return "R" + command
	}
	return "L" + command
}

// property is the item with v in the field that the author names.
func (s *redisSession) property(v any) (workflow.Item, error) {
	name := s.reader.String("propertyName", "propertyName")
	out := row(s.reader.Item(), value.NewObject(1))
	if s.err != nil {
		return out, s.err
	}
	if !s.reader.Bool("options.dotNotation", true) {
		out.JSON.Set(name, v)
		return out, nil
	}
	return out, field.Set(out.JSON, name, v)
}

// get reads a key of a type; a missing one is null, and so is an empty text, as in n8n.
func (s *redisSession) get(key, typ string) any {
	if typ == "automatic" {
		typ = node.Text(s.do("TYPE", key))
	}
	switch typ {
	case "string":
		if v := s.do("GET", key); v != "" {
			return v
		}
	case "hash":
		list, _ := s.do("HGETALL", key).([]any)
		o := value.NewObject(len(list) / 2)
		for i := 0; i+1 < len(list); i += 2 {
			o.Set(node.Text(list[i]), list[i+1])
		}
		return o
	case "list":
		return s.do("LRANGE", key, "0", "-1")
	case "set", "sets":
		return s.do("SMEMBERS", key)
	}
	return nil
}

// keys finds the keys that match, step by step: KEYS would stop the server for
// as long as it looks.
func (s *redisSession) keys(pattern string, values bool) *value.Object {
	var found []any
	seen := map[string]bool{}
	for cursor := "0"; ; {
		reply, _ := s.do("SCAN", cursor, "MATCH", pattern, "COUNT", "1000").([]any)
		if s.err != nil || len(reply) != 2 {
			break
		}
		list, _ := reply[1].([]any)
		for _, k := range list {
			if name := node.Text(k); !seen[name] {
				seen[name] = true
				found = append(found, name)
			}
		}
		if len(found) > node.MaxSQLRows {
			s.err = fault.New(fault.Invalid, fault.CodePayloadTooLarge, "More than %d keys match %q. Narrow the pattern.", node.MaxSQLRows, pattern)
			break
		}
		if cursor = node.Text(reply[0]); cursor == "0" {
			break
		}
	}
	if !values {
		return value.Obj("keys", append([]any{}, found...))
	}
	o := value.NewObject(len(found))
	for _, k := range found {
		name := node.Text(k)
		o.Set(name, s.get(name, "automatic"))
	}
	return o
}

// set writes a value as the type that the author chose, or that its own suggests.
func (s *redisSession) set(key string, v any, typ string) {
	if typ == "automatic" {
		switch v.(type) {
		case string:
			typ = "string"
		case []any:
			typ = "list"
		case *value.Object:
			typ = "hash"
		default:
			s.err = node.Errorf("Could not identify the type to set. Please set it manually!")
			return
		}
	}
	switch typ {
	case "string":
		s.change("SET", key, node.JSString(v))
	case "hash":
		s.setHash(key, v)
	case "list":
		list, _ := v.([]any)
		for i, x := range list {
			s.change("LSET", key, strconv.Itoa(i), node.JSString(x))
		}
	case "sets":
		s.change("SADD", append([]string{key}, texts(v)...)...)
	}
	s.expire(key)
}

func (s *redisSession) setHash(key string, v any) {
	if !s.reader.Bool("valueIsJSON", true) {
		s.change("HSET", append([]string{key}, strings.Split(node.JSString(v), " ")...)...)
		return
	}
	o, ok := v.(*value.Object)
	if text, isText := v.(string); isText {
		var err error
		o, err = value.ParseObject([]byte(text))
		ok = err == nil
	}
	if !ok {
		s.err = node.Errorf("The value of a hash must be a JSON object.")
		return
	}
	args := []string{key}
	for k, x := range o.All() {
		args = append(args, k, node.JSString(x))
	}
	if len(args) > 1 {
		s.change("HSET", args...)
	}
}

func texts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		return []string{node.JSString(v)}
	}
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = node.JSString(x)
	}
	return out
}

func (s *redisSession) expire(key string) {
	if s.reader.Bool("expire", false) {
		s.change("EXPIRE", key, strconv.Itoa(s.reader.Int("ttl", 60)))
	}
}

// infoObject reads the lines "name:value" of INFO; "a=1,b=2" is an object of its own.
func infoObject(text string) *value.Object {
	o := value.NewObject(64)
	for line := range strings.SplitSeq(text, "\n") {
		name, v, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		if !strings.Contains(v, "=") {
			o.Set(name, infoValue(v))
			continue
		}
		inner := value.NewObject(4)
		for pair := range strings.SplitSeq(v, ",") {
			k, x, _ := strings.Cut(pair, "=")
			inner.Set(k, infoValue(x))
		}
		o.Set(name, inner)
	}
	return o
}

func infoValue(s string) any {
	if s != "" && strings.Trim(s, "0123456789.") == "" {
		if n, err := strconv.ParseFloat(s, 64); err == nil {
			return n
		}
	}
	return s
}
