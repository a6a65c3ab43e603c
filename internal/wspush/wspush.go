// Package wspush reaches the clients of a WebSocket API of API Gateway: its
// management API, @connections. The requests are signed as every call of AWS is.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
package wspush

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go/encoding/httpbinding"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/live"
)

// Client speaks the management API of one WebSocket API.
type Client struct {
	endpoint string // https://{api}.execute-api.{region}.amazonaws.com/{stage}
	aws      aws.Config
	signer   *v4.Signer
	clock    clock.Clock
}

var _ live.Pusher = (*Client)(nil)

// New makes a client for the API at the endpoint.
func New(cfg aws.Config, endpoint string, c clock.Clock) *Client {
	return &Client{endpoint: strings.TrimSuffix(endpoint, "/"), aws: cfg, signer: v4.NewSigner(), clock: c}
}

// How often a call is made in all, and how long it may take. What API Gateway
// throttles (429) or fails at (5xx) may succeed at once again.
const (
	maxTries = 3
	timeout  = 5 * time.Second
	pause    = 50 * time.Millisecond // before the second try; twice that before the third
)

// Post sends a message; fault.NotFound if the client has gone.
func (c *Client) Post(ctx context.Context, connection string, message []byte) error {
	return c.call(ctx, http.MethodPost, connection, message)
}

// Close ends a connection; one that has ended is no error.
func (c *Client) Close(ctx context.Context, connection string) error {
	err := c.call(ctx, http.MethodDelete, connection, nil)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

func (c *Client) call(ctx context.Context, method, connection string, body []byte) error {
	ctx, cancel := clock.WithTimeout(ctx, c.clock, timeout)
	defer cancel()
	for try := 1; ; try++ {
		status, err := c.once(ctx, method, connection, body)
		switch {
		case err == nil && status < http.StatusMultipleChoices:
			return nil
		case status == http.StatusGone:
			return fault.New(fault.NotFound, fault.CodeNotFound, "The client has gone.")
		case err == nil && status < http.StatusInternalServerError && status != http.StatusTooManyRequests || try == maxTries:
			return fault.Wrap(err, fault.Unavailable, fault.CodeUnavailable, "The client was not reached: %s of its connection answered %d.", method, status)
		}
		if err := clock.Sleep(ctx, c.clock, time.Duration(try)*pause); err != nil {
			return err
		}
	}
}

// once makes one call and returns its status; 0 with an error.
func (c *Client) once(ctx context.Context, method, connection string, body []byte) (int, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.endpoint+"/@connections/"+httpbinding.EscapePath(connection, true), bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	if err := c.sign(ctx, r, body); err != nil {
		return 0, fmt.Errorf("sign: %w", err)
	}
	resp, err := c.client().Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 4096)) // so that the connection is used again
	return resp.StatusCode, nil
}

func (c *Client) sign(ctx context.Context, r *http.Request, body []byte) error {
	keys, err := c.aws.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	return c.signer.SignHTTP(ctx, keys, r, hex.EncodeToString(sum[:]), "execute-api", c.aws.Region, c.clock.Now())
}

func (c *Client) client() aws.HTTPClient {
	if c.aws.HTTPClient != nil {
		return c.aws.HTTPClient
	}
	return http.DefaultClient
}
