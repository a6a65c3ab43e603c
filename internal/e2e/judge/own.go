package judge

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"

	"github.com/automatelanka/automatelanka/infra/dev/local"
	"github.com/automatelanka/automatelanka/infra/localcloud"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

// Own is the platform on our local cloud, in this process, in memory.
type Own struct {
	*local.Platform
	World World
	http  *http.Server
}

// OpenOwn opens it. The machine, if it is set, gets the state machine runs that
// admit starts; otherwise our own interpreter runs them.
func OpenOwn(ctx context.Context, template string, log slog.Handler, machine *Machine) (*Own, error) {
	server, err := NewServer("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	url := "http://" + l.Addr().String()
	p, err := local.Open(ctx, local.Options{
		Template: template, PublicURL: url, Clock: clock.Real(), Log: log, AllowHosts: []string{server.Addr},
		OpenAIBaseURL: "http://" + server.Addr, // the scenario has no AI node
		Cloud: func(o *localcloud.Options) {
			wrap(o, "functions/node-http", func(h lambda.Handler) lambda.Handler { return &dying{Handler: h} })
			if machine != nil {
				o.Constructors["functions/admit"] = machine.catch(o.Constructors["functions/admit"])
			}
		},
	})
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	o := &Own{Platform: p, http: &http.Server{Handler: p.Handler()}, World: World{
		Client: &platform.Client{URL: url, Key: p.Keys.Tenants["dev-pro"], HTTP: http.DefaultClient}, Server: server, Dies: true,
	}}
	go func() { _ = o.http.Serve(l) }()
	return o, nil
}

// Close stops the platform and its servers.
func (o *Own) Close(ctx context.Context) error {
	o.World.Server.Close()
	return errors.Join(o.http.Close(), o.Platform.Close(ctx))
}

// wrap puts something around a function's handler.
func wrap(o *localcloud.Options, folder string, around func(lambda.Handler) lambda.Handler) {
	construct := o.Constructors[folder]
	o.Constructors[folder] = func(ctx context.Context, env localcloud.Env) (lambda.Handler, error) {
		h, err := construct(ctx, env)
		if err != nil {
			return nil, err
		}
		return around(h), nil
	}
}

// dying is a function whose first invocation for the node "Dies" ends as a process
// does that Lambda had to end.
type dying struct {
	lambda.Handler
	died atomic.Bool
}

func (d *dying) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if strings.Contains(string(payload), `"node":"Dies"`) && !d.died.Swap(true) {
		return nil, messages.InvokeResponse_Error{Type: "Runtime.ExitError", Message: "RequestId: … Error: Runtime exited with error: signal: killed"}
	}
	return d.Handler.Invoke(ctx, payload)
}
