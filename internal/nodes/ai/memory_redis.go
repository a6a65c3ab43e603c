package ai

import (
	"context"
	"slices"
	"strconv"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// redisMessages is a history in a list of the tenant's Redis server, the newest message
// first, as LangChain keeps it.
type redisMessages struct {
	s    *sub
	key  string
	keep int // seconds after the last message; 0: for ever
}

func redisHistory(_ *node.Call, s *sub, session string) (history, error) {
	return &redisMessages{s, session, max(s.whole("sessionTTL", 0), 0)}, s.problem()
}

// within connects, and runs f.
func (l *redisMessages) within(ctx context.Context, f func(node.RedisConn) error) error {
	if l.s.c.Services.Redis == nil {
		return fault.New(fault.Internal, fault.CodeInternal, "The server of %q cannot be reached in this function.", l.s.node.Name)
	}
	fields, err := l.s.c.CredentialOf(ctx, l.s.node, "redis")
	if err != nil {
		return err
	}
	if host := fields["host"]; host != "" {
		if err := credential.CheckHost(fields, host); err != nil {
			return err
		}
	}
	conn, err := l.s.c.Services.Redis.Connect(ctx, fields)
	if err != nil {
		return err
	}
	defer conn.Close()
	return f(conn)
}

// read returns the newest messages as they are stored, the newest first.
func (l *redisMessages) read(ctx context.Context, conn node.RedisConn, most int) ([]any, error) {
	reply, err := conn.Do(ctx, "LRANGE", l.key, "0", strconv.Itoa(most-1))
	if err != nil {
		return nil, err
	}
	texts, _ := reply.([]any)
	out := make([]any, 0, len(texts))
	for _, t := range texts {
		if v, err := value.Parse([]byte(node.Text(t))); err == nil {
			out = append(out, v)
		}
	}
	return out, nil
}

func (l *redisMessages) load(ctx context.Context, most int) (out []node.ChatMessage, err error) {
	if most <= 0 || most > maxHistory {
		most = maxHistory
	}
	err = l.within(ctx, func(conn node.RedisConn) error {
		stored, err := l.read(ctx, conn, most)
		for _, v := range slices.Backward(stored) {
			if m, ok := storedMessage(v); ok {
				out = append(out, m)
			}
		}
		return err
	})
	return out, err
}

// lookBack is how far back an addition looks for itself.
const lookBack = 20

func (l *redisMessages) add(ctx context.Context, key string, more ...node.ChatMessage) error {
	return l.within(ctx, func(conn node.RedisConn) error {
		stored, err := l.read(ctx, conn, lookBack)
		if err != nil {
			return err
		}
		for _, v := range stored {
			if run, _ := value.Path(v, "data", "additional_kwargs", "run"); run == key {
				return nil
			}
		}
		return l.push(ctx, conn, key, more)
	})
}

func (l *redisMessages) push(ctx context.Context, conn node.RedisConn, key string, more []node.ChatMessage) error {
	if len(more) == 0 {
		return nil
	}
	args := []string{l.key}
	for _, m := range more {
		args = append(args, string(value.JSON(value.Obj("type", messageTypes[m.Role], "data", messageData(m, key)))))
	}
	_, err := conn.Do(ctx, "LPUSH", args...)
	if err == nil && l.keep > 0 {
		_, err = conn.Do(ctx, "EXPIRE", l.key, strconv.Itoa(l.keep))
	}
	return err
}

func (l *redisMessages) set(ctx context.Context, all []node.ChatMessage) error {
	return l.within(ctx, func(conn node.RedisConn) error {
		if _, err := conn.Do(ctx, "DEL", l.key); err != nil {
			return err
		}
		return l.push(ctx, conn, "", all)
	})
}
