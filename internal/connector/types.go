package connector

import (
	"context"
	"fmt"
	"io/fs"
	"sync"

	"github.com/go-json-experiment/json"

	"github.com/automatelanka/automatelanka/internal/node"
)

// Types are the node types of all connectors. Only the heads of the files are
// read; a file is read whole when its node is first run or looked at.
func Types() []node.Type {
	types, err := typesOf(embedded)
	if err != nil {
		panic(fmt.Sprintf("connector: %v", err)) // a mistake of the program: the files are part of it
	}
	return types
}

func typesOf(fsys fs.FS) ([]node.Type, error) {
	list, err := names(fsys)
	if err != nil {
		return nil, err
	}
	out := make([]node.Type, len(list))
	for i, name := range list {
		h, err := readHead(fsys, name)
		if err != nil {
			return nil, err
		}
		out[i] = newType(h, sync.OnceValues(func() (*service, error) { return load(fsys, name) }))
	}
	return out, nil
}

// Part makes a node type of a connector that is part of another file: all of a
// file but for its head, which the caller gives. Only auth is the part's own.
func Part(head Head, text []byte) (node.Type, error) {
	f := &File{}
	if err := json.Unmarshal(text, f, json.RejectUnknownMembers(true)); err != nil {
		return node.Type{}, err
	}
	head.Auth = f.Auth
	f.Head = head
	s, err := build(f)
	if err != nil {
		return node.Type{}, err
	}
	return newType(head, func() (*service, error) { return s, nil }), nil
}

func newType(h Head, open func() (*service, error)) node.Type {
	group := h.Group
	if group == "" {
		group = "output"
	}
	description := h.Description
	if h.Docs != "" {
		description += " API: " + h.Docs
	}
	family := node.HTTP
	if h.AI {
		family = node.AI
	}
	t := node.Type{
		Spec: node.Spec{
			Type: h.Type, Versions: h.Versions, Name: h.Name, Description: description, Group: group, Family: family, Tool: h.AI, Part: h.Part,
			Inputs: []string{"main"}, Outputs: []string{"main"}, Credentials: h.Auth.credentials(),
			Load: func() []node.Param {
				s, err := open()
				if err != nil {
					panic(err) // a mistake of the program
				}
				return s.params
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			s, err := open()
			if err != nil {
				return node.Result{}, err
			}
			return s.run(ctx, c)
		},
		Effect: func(c *node.Call) node.Effect {
			s, err := open()
			if err != nil {
				return node.Unsafe
			}
			op, err := s.find(c)
			if err != nil {
				return node.Safe // it will not send anything
			}
			return op.effect
		},
	}
	if group == triggerGroup {
		makeTrigger(&t, open)
	}
	return t
}

// triggerGroup is the group of files that are triggers.
const triggerGroup = "trigger"

// makeTrigger makes the type one that polls.
func makeTrigger(t *node.Type, open func() (*service, error)) {
	t.Spec.Trigger, t.Spec.Inputs = true, nil
	t.Poll = func(ctx context.Context, c *node.Call, cursor []byte) (node.Polled, error) {
		s, err := open()
		if err != nil {
			return node.Polled{}, err
		}
		return s.poll(ctx, c, cursor)
	}
}
