package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/automatelanka/automatelanka/infra/dev/openai"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// defaultProvider is OpenAI's own API.
const defaultProvider = "https://api.openai.com/v1"

// provider says which AI provider the platform uses: the one that was named,
// OpenAI if there is a key for it, otherwise a small one of our own, so that the
// tour works without any account.
func (f flags) provider(ctx context.Context, c clock.Clock) (base, key string, err error) {
	key = os.Getenv("OPENAI_API_KEY")
	switch {
	case f.OpenAIBaseURL != "":
		if key == "" {
			key = "none" // compatible servers of one's own often ask for none
		}
		return f.OpenAIBaseURL, key, nil
	case key != "":
		return defaultProvider, key, nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	server := &http.Server{Handler: openai.New(c), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return "http://" + l.Addr().String() + "/v1", "none", nil
}
